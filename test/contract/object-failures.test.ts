import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { ObjectStoreService } from "../../src/gen/oaktree/v1/object_store_pb.js";
import { failure } from "../support/faults.ts";
import { downloadedImage, downloadedObject, objectUpload, ownContainer } from "../support/transfers.ts";
import { contract } from "../support/worlds.ts";

contract("an upload that goes wrong leaves what was there", async (t, { client, location, unique }) => {
  const objects = client(ObjectStoreService);
  const container = await ownContainer(t, objects, location, unique("wrong"));
  const data = Buffer.from("first");
  await objects.createObject({ location, object: { container, name: "x" }, data });
  const wrong: [string, object][] = [
    ["more bytes", { sizeBytes: 5n }],
    ["fewer bytes", { sizeBytes: 7n }],
    ["another md5", { md5: "0".repeat(32) }],
    ["another sha256", { sizeBytes: 6n, sha256: "0".repeat(64) }],
  ];
  for (const [what, announced] of wrong) {
    for (const name of ["x", "new"]) {
      const messages = objectUpload(location, { container, name, ...announced }, [Buffer.from("second")]);
      t.match(await failure(objects.uploadObject(messages)), { reason: "DATA_MISMATCH" }, what);
    }
  }
  t.equal((await downloadedObject(objects, { location, container, name: "x" })).bytes.toString(), "first");
  t.equal((await objects.listObjects({ location, container })).objects.length, 1);

  const gone = new AbortController();
  async function* leaving() {
    yield Buffer.from("sec");
    gone.abort();
    yield Buffer.from("ond");
  }
  const left = objects.uploadObject(objectUpload(location, { container, name: "x" }, leaving()), {
    signal: gone.signal,
  });
  await t.rejects(left);
  t.equal((await downloadedObject(objects, { location, container, name: "x" })).bytes.toString(), "first");

  const nowhere = objectUpload(location, { container: unique("none"), name: "x" }, [data]);
  t.match(await failure(objects.uploadObject(nowhere)), { reason: "NOT_FOUND" });
});

contract("an object may have no bytes", async (t, { client, location, unique }) => {
  const objects = client(ObjectStoreService);
  const container = await ownContainer(t, objects, location, unique("zero"));
  for (const sizeBytes of [undefined, 0n]) {
    const wanted = { container, name: "x", ...(sizeBytes === undefined ? {} : { sizeBytes }) };
    const { object } = await objects.uploadObject(objectUpload(location, wanted, []));
    t.equal(object?.sizeBytes, 0n);
  }
  const whole = await downloadedObject(objects, { location, container, name: "x" });
  t.match(whole.digest, { value: "d41d8cd98f00b204e9800998ecf8427e", isVerified: true });
  const part = await downloadedObject(objects, { location, container, name: "x", length: 5n });
  t.equal(part.bytes.length, 0);
});

contract("a part of an image", async (t, { client, location, unique }) => {
  const images = client(ImageService);
  const { image } = await images.createImage({
    location,
    image: { name: unique("part"), diskFormat: "raw" },
    data: Buffer.from("0123456789"),
  });
  const nameOrId = image?.id ?? "";
  t.teardown(() => images.deleteImage({ location, nameOrId, allowMissing: true }));
  const part = await downloadedImage(images, { location, nameOrId, offset: 3n, length: 4n });
  t.equal(part.bytes.toString(), "3456");
  t.equal(part.digest?.isVerified, false);
  t.equal((await downloadedImage(images, { location, nameOrId, offset: 8n })).bytes.toString(), "89");
  t.equal((await downloadedImage(images, { location, nameOrId, offset: 10n })).bytes.length, 0);
  t.match(await failure(images.downloadImage({ location, nameOrId, offset: 11n })), {
    reason: "INVALID_REQUEST",
  });
});
