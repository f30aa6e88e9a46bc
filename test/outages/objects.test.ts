// Swift's proxy is lost, or stands still, while the bytes of an object are on their way.
import { randomBytes } from "node:crypto";
import { ObjectStoreService } from "../../src/gen/oaktree/v1/object_store_pb.js";
import { yamlOf } from "../support/credentials.ts";
import { failure } from "../support/faults.ts";
import { oaktreeBefore } from "../support/oaktree-before.ts";
import { downloadedObject, objectUpload, ownContainer } from "../support/transfers.ts";
import { Upstream } from "../support/upstream.ts";
import { Daemon, mend } from "./daemon.ts";
import { halfObjects, openTo, outage, pieces, until } from "./outage.ts";

const mebibyte = 1024 * 1024;
const proxy = new Daemon("swift-proxy");
const midway = 40;

for (const size of [undefined, 100]) {
  outage(`Swift's proxy is killed during an upload of ${size ?? "unknown"} MiB`, async (t, world) => {
    const { client, location, unique } = world;
    const objects = client(ObjectStoreService);
    const container = await ownContainer(t, objects, location, unique("killed"));
    const data = Buffer.from("before");
    await objects.createObject({ location, object: { container, name: "old" }, data });
    const more = size === undefined ? {} : { sizeBytes: BigInt(size * mebibyte) };
    for (const name of ["old", "new"]) {
      const bytes = pieces([midway, () => proxy.kill()], size);
      const messages = objectUpload(location, { container, name, ...more }, bytes);
      t.match(await failure(objects.uploadObject(messages)), {
        reason: "UPSTREAM_UNAVAILABLE",
        metadata: { service: "object-store", resourceId: name },
      });
      await mend();
    }
    const { objects: left } = await objects.listObjects({ location, container });
    t.strictSame(
      left.map(({ name, sizeBytes }) => [name, sizeBytes]),
      [["old", 6n]],
    );
    await until(() => halfObjects().length === 0);
    const endpoint = (await Upstream.login(world.clouds.demo as never)).endpoint("object-store");
    await until(() => openTo(endpoint) === 0);
  });
}

outage("Swift's proxy is killed during a download, which is resumed", async (t, world) => {
  const { client, location, unique } = world;
  const objects = client(ObjectStoreService);
  const container = await ownContainer(t, objects, location, unique("down"));
  const data = randomBytes(64 * mebibyte);
  const { object } = await objects.uploadObject(
    objectUpload(
      location,
      { container, name: "x" },
      Array.from({ length: 64 }, (_, index) => data.subarray(index * mebibyte, (index + 1) * mebibyte)),
    ),
  );
  const first: Uint8Array[] = [];
  const half = async function* () {
    for await (const { part } of objects.downloadObject({ location, container, name: "x" })) {
      if (part.case === "data") {
        if (first.length === 0) {
          await proxy.kill();
        }
        first.push(part.value);
      }
      yield part;
    }
  };
  t.match(await failure(half()), {
    reason: "UPSTREAM_UNAVAILABLE",
    metadata: { service: "object-store" },
  });
  await mend();
  const got = Buffer.concat(first);
  t.ok(got.length < data.length, `${got.length} bytes came before`);
  const rest = { location, container, name: "x", offset: BigInt(got.length), ifMatch: object?.etag ?? "" };
  t.ok(Buffer.concat([got, (await downloadedObject(objects, rest)).bytes]).equals(data));
});

outage("Swift's proxy stands still", async (t, world) => {
  const { location, unique } = world;
  const clientOf = await oaktreeBefore(t, yamlOf(world), { idleMs: 2000 });
  const objects = clientOf(ObjectStoreService);
  t.teardown(() => proxy.thaw());
  const container = await ownContainer(t, objects, location, unique("still"));
  const upload = objectUpload(location, { container, name: "x" }, pieces([midway, () => proxy.freeze()]));
  t.match(await failure(objects.uploadObject(upload)), {
    reason: "UPSTREAM_UNAVAILABLE",
    message: /took no more bytes/,
  });
  await proxy.thaw();
  await until(() => halfObjects().length === 0);
  t.strictSame((await objects.listObjects({ location, container })).objects, []);
});
