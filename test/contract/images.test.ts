import { createHash, randomBytes } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { ImageService, type UploadImageRequestSchema } from "../../src/gen/oaktree/v1/image_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

type Messages = MessageInitShape<typeof UploadImageRequestSchema>[];

async function* stream(messages: Messages) {
  yield* messages;
}

async function download(
  images: Client<typeof ImageService>,
  request: { location: object; nameOrId: string },
) {
  const chunks: Uint8Array[] = [];
  let digest: string | undefined;
  for await (const { part } of images.downloadImage(request)) {
    if (part.case === "data") {
      chunks.push(part.value);
    } else if (part.case === "digest") {
      digest = `${part.value.algorithm}:${part.value.value}`;
    }
  }
  return { bytes: Buffer.concat(chunks), digest };
}

contract("an image is uploaded, found, downloaded, changed and deleted", async (t, world) => {
  const { client, location, unique, serves } = world;
  const images = client(ImageService);
  const name = unique("image");
  const bytes = randomBytes(3_000_000);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const { image } = await images.uploadImage(
    stream([
      {
        location,
        part: {
          case: "image",
          value: {
            name,
            diskFormat: "raw",
            sizeBytes: 3_000_000n,
            sha256,
            properties: { os_type: "linux" },
            tags: ["t"],
          },
        },
      },
      ...[0, 1, 2].map((part) => ({
        part: { case: "data" as const, value: bytes.subarray(part * 1_000_000, (part + 1) * 1_000_000) },
      })),
    ]),
  );
  const id = image?.id ?? "";
  t.teardown(() => images.deleteImage({ location, nameOrId: id, allowMissing: true }));
  t.match(image, {
    name,
    statusText: "active",
    sizeBytes: 3_000_000n,
    diskFormat: "raw",
    containerFormat: "bare",
    tags: ["t"],
    properties: { os_type: "linux" },
    hashAlgorithm: "sha512",
    hashValue: createHash("sha512").update(bytes).digest("hex"),
    md5: createHash("md5").update(bytes).digest("hex"),
  });
  for (const nameOrId of [id, name]) {
    t.strictSame((await images.getImage({ location, nameOrId })).image, image);
  }
  const listed = await images.listImages({ location, nameOrId: `${name.slice(0, -1)}?` });
  t.strictSame(listed.images, [image]);

  const { bytes: downloaded, digest } = await download(images, { location, nameOrId: name });
  t.ok(downloaded.equals(bytes));
  t.equal(digest, `sha512:${image?.hashValue}`);

  const changed = await images.updateImage({
    location,
    nameOrId: name,
    minDiskGib: 1n,
    properties: { hw_disk_bus: "virtio" },
    removeProperties: ["os_type"],
  });
  t.match(changed.image, { minDiskGib: 1n, properties: { hw_disk_bus: "virtio" } });
  t.equal(changed.image?.properties?.os_type, undefined);
  t.strictSame(
    (await images.getImage({ location, nameOrId: id })).image?.properties,
    changed.image?.properties,
  );

  await images.deleteImage({ location, nameOrId: name });
  t.match(await failure(images.getImage({ location, nameOrId: id })), {
    reason: "NOT_FOUND",
    metadata: { service: "image" },
  });
  t.match(await failure(images.deleteImage({ location, nameOrId: id })), { reason: "NOT_FOUND" });
  serves(t, "create_image", "get_image", "get_image_by_id", "list_images", "search_images");
  serves(t, "download_image", "update_image_properties", "delete_image");
});

contract("an upload that goes wrong leaves no image", async (t, { client, location, unique }) => {
  const images = client(ImageService);
  const name = unique("broken");
  const data = { part: { case: "data" as const, value: randomBytes(1000) } };
  const announced = (more: object) => ({
    location,
    part: { case: "image" as const, value: { name, diskFormat: "raw", ...more } },
  });
  const broken: [string, Messages][] = [
    ["more bytes", [announced({ sizeBytes: 999n }), data]],
    ["fewer bytes", [announced({ sizeBytes: 1001n }), data]],
    ["other bytes", [announced({ sha256: "0".repeat(64) }), data]],
  ];
  for (const [what, messages] of broken) {
    t.match(await failure(images.uploadImage(stream(messages))), { reason: "DATA_MISMATCH" }, what);
  }
  t.match(await failure(images.uploadImage(stream([announced({ diskFormat: "punchcard" }), data]))), {
    reason: "UPSTREAM_BAD_REQUEST",
  });
  t.strictSame((await images.listImages({ location, nameOrId: name })).images, []);
});

contract("an image without bytes cannot be downloaded", async (t, { client, location, unique }) => {
  const images = client(ImageService);
  const { image } = await images.createImage({
    location,
    image: { name: unique("empty"), diskFormat: "raw" },
  });
  const nameOrId = image?.id ?? "";
  t.teardown(() => images.deleteImage({ location, nameOrId, allowMissing: true }));
  t.equal(image?.statusText, "queued");
  t.equal(image?.sizeBytes, undefined);
  t.match(await failure(images.downloadImage({ location, nameOrId })), { reason: "NO_DATA" });
});

contract("two images of one name are ambiguous", async (t, { client, location, unique }) => {
  const images = client(ImageService);
  const name = unique("twin");
  const ids: string[] = [];
  for (let count = 0; count < 2; count++) {
    const { image } = await images.createImage({
      location,
      image: { name, diskFormat: "raw" },
      data: randomBytes(100),
    });
    const nameOrId = image?.id ?? "";
    t.teardown(() => images.deleteImage({ location, nameOrId, allowMissing: true }));
    ids.push(nameOrId);
  }
  const { reason, metadata } = await failure(images.getImage({ location, nameOrId: name }));
  t.equal(reason, "AMBIGUOUS_NAME");
  t.strictSame(metadata.candidates?.split(", ").toSorted(), ids.toSorted());
});
