// Glance is lost, or stands still, while the bytes of an image are on their way.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { yamlOf } from "../support/credentials.ts";
import { failure } from "../support/faults.ts";
import { oaktreeBefore } from "../support/oaktree-before.ts";
import { downloadedImage, imageUpload } from "../support/transfers.ts";
import { Upstream } from "../support/upstream.ts";
import type { World } from "../support/worlds.ts";
import { Daemon, mend } from "./daemon.ts";
import { imageFile, openTo, outage, pieces, until } from "./outage.ts";

const mebibyte = 1024 * 1024;
const glance = new Daemon("glance");
// More than all buffers on the way together, so that some bytes are with Glance by then.
const midway = 40;

/** The images of a name, as Glance itself lists them. */
async function imagesOf(world: World, name: string) {
  const upstream = await Upstream.login(world.clouds.demo as never);
  return await upstream.list("image", `/v2/images?name=${encodeURIComponent(name)}`);
}

async function endpointOf(world: World): Promise<string> {
  return (await Upstream.login(world.clouds.demo as never)).endpoint("image");
}

for (const size of [undefined, 100]) {
  outage(`Glance is killed during an upload of ${size ?? "unknown"} MiB`, async (t, world) => {
    const { client, location, unique } = world;
    const images = client(ImageService);
    const name = unique("killed");
    const wanted = {
      name,
      diskFormat: "raw",
      ...(size !== undefined && { sizeBytes: BigInt(size * mebibyte) }),
    };
    const bytes = pieces([midway, () => glance.kill()], size);
    const error = await failure(images.uploadImage(imageUpload(location, wanted, bytes)));
    t.match(error, { reason: "UPSTREAM_UNAVAILABLE", metadata: { service: "image" } });
    const id = error.metadata.resourceId ?? "";
    t.not(id, "");
    await mend();
    // Oaktree deletes it behind the scenes, as soon as Glance answers.
    await until(async () => (await imagesOf(world, name)).length === 0);
    // What Glance itself had written stays on its disk: no caller can do anything about that.
    await rm(imageFile(id), { force: true });
    const endpoint = await endpointOf(world);
    await until(() => openTo(endpoint) === 0);
    const { image } = await images.uploadImage(
      imageUpload(location, { name, diskFormat: "raw" }, [randomBytes(10)]),
    );
    t.equal(image?.statusText, "active", "and then all is well again");
    await images.deleteImage({ location, nameOrId: image?.id ?? "" });
  });
}

outage("Glance is killed during a download, which is resumed", async (t, world) => {
  const { client, location, unique } = world;
  const images = client(ImageService);
  const data = randomBytes(64 * mebibyte);
  const { image } = await images.uploadImage(
    imageUpload(
      location,
      { name: unique("down"), diskFormat: "raw" },
      Array.from({ length: 64 }, (_, index) => data.subarray(index * mebibyte, (index + 1) * mebibyte)),
    ),
  );
  const nameOrId = image?.id ?? "";
  t.teardown(() => images.deleteImage({ location, nameOrId, allowMissing: true }));
  const first: Uint8Array[] = [];
  let parts: string[] = [];
  const half = async function* () {
    for await (const { part } of images.downloadImage({ location, nameOrId })) {
      parts = [...new Set([...parts, part.case ?? ""])];
      if (part.case === "data") {
        if (first.length === 0) {
          await glance.kill();
        }
        first.push(part.value);
      }
      yield part;
    }
  };
  t.match(await failure(half()), { reason: "UPSTREAM_UNAVAILABLE", metadata: { service: "image" } });
  t.strictSame(parts, ["image", "data"], "there is no digest of what is not whole");
  await mend();
  const got = Buffer.concat(first);
  t.ok(got.length < data.length, `${got.length} bytes came before`);
  const rest = await downloadedImage(images, { location, nameOrId, offset: BigInt(got.length) });
  t.ok(Buffer.concat([got, rest.bytes]).equals(data));
});

outage("Glance stands still", async (t, world) => {
  const { location, unique } = world;
  const clientOf = await oaktreeBefore(t, yamlOf(world), { idleMs: 2000 });
  const images = clientOf(ImageService);
  t.teardown(() => glance.thaw());
  const name = unique("still");
  const upload = failure(
    images.uploadImage(
      imageUpload(location, { name, diskFormat: "raw" }, pieces([midway, () => glance.freeze()])),
    ),
  );
  const error = await upload;
  t.match(error, { reason: "UPSTREAM_UNAVAILABLE", message: /took no more bytes/ });
  await glance.thaw();
  await until(async () => (await imagesOf(world, name)).length === 0);
  await until(() => !existsSync(imageFile(error.metadata.resourceId ?? "")));
});
