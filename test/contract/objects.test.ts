import { createHash, randomBytes } from "node:crypto";
import { ObjectStoreService } from "../../src/gen/oaktree/v1/object_store_pb.js";
import { failure } from "../support/faults.ts";
import { downloadedObject, objectUpload, ownContainer } from "../support/transfers.ts";
import { contract } from "../support/worlds.ts";

const hex = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest("hex");

contract("an object is uploaded, found, downloaded, changed and deleted", async (t, world) => {
  const { client, location, unique, serves } = world;
  const objects = client(ObjectStoreService);
  const container = await ownContainer(t, objects, location, unique("objects"));
  const bytes = randomBytes(3_000_000);
  const md5 = hex("md5", bytes);
  const sha256 = hex("sha256", bytes);
  const name = "ordner/größe 100%.bin";
  const wanted = {
    container,
    name,
    contentType: "application/x-noise",
    metadata: { Colour: "grün" },
    deleteAfterSeconds: 1000n,
    md5,
    sha256,
  };
  const parts = [bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)];
  const { object } = await objects.uploadObject(objectUpload(location, wanted, parts));
  t.match(object, {
    name,
    location,
    sizeBytes: 3_000_000n,
    etag: md5,
    contentType: "application/x-noise",
    metadata: { colour: "grün", "x-sdk-md5": md5, "x-sdk-sha256": sha256 },
    isLarge: false,
  });
  t.ok(object?.deleteTime);
  t.strictSame((await objects.getObjectMetadata({ location, container, name })).object, object);

  const all = await downloadedObject(objects, { location, container, name });
  t.ok(all.bytes.equals(bytes));
  t.match(all.digest, { algorithm: "md5", value: md5, isVerified: true });
  t.strictSame(all.object, object);
  const part = await downloadedObject(objects, { location, container, name, offset: 10n, length: 20n });
  t.ok(part.bytes.equals(bytes.subarray(10, 30)));
  t.match(part.digest, { value: hex("md5", bytes.subarray(10, 30)), isVerified: false });
  t.equal(part.object?.sizeBytes, 3_000_000n);
  const rest = await downloadedObject(objects, {
    location,
    container,
    name,
    offset: 2_999_999n,
    ifMatch: md5,
  });
  t.ok(rest.bytes.equals(bytes.subarray(2_999_999)));
  const end = await downloadedObject(objects, { location, container, name, offset: 3_000_000n });
  t.equal(end.bytes.length, 0);
  t.match(await failure(objects.downloadObject({ location, container, name, offset: 3_000_001n })), {
    reason: "INVALID_REQUEST",
  });
  t.match(await failure(objects.downloadObject({ location, container, name, ifMatch: "0".repeat(32) })), {
    reason: "CONFLICT",
  });

  const stale = async (digests: object) =>
    (await objects.isObjectStale({ location, container, name, ...digests })).isStale;
  t.equal(await stale({ md5 }), false);
  t.equal(await stale({ sha256 }), false);
  t.equal(await stale({ md5, sha256: "0".repeat(64) }), true);
  t.equal(await stale({}), true);

  const changed = await objects.updateObject({
    location,
    container,
    name,
    metadata: { size: "L" },
    removeMetadata: ["COLOUR"],
  });
  t.strictSame(changed.object?.metadata, { size: "L", "x-sdk-md5": md5, "x-sdk-sha256": sha256 });
  t.strictSame(changed.object?.deleteTime, object?.deleteTime, "what is not named stays");
  t.equal(changed.object?.contentType, "application/x-noise");
  const kept = await objects.updateObject({ location, container, name, metadata: { é: "x" } }).then(
    () => "taken",
    () => "refused",
  );
  t.equal(kept, "refused", "keys are what a header can be called");
  const forever = await objects.updateObject({ location, container, name, deleteAfterSeconds: 0n });
  t.equal(forever.object?.deleteTime, undefined);
  t.strictSame(forever.object?.metadata, changed.object?.metadata);

  await objects.deleteObject({ location, container, name });
  t.match(await failure(objects.getObjectMetadata({ location, container, name })), { reason: "NOT_FOUND" });
  t.match(await failure(objects.downloadObject({ location, container, name })), { reason: "NOT_FOUND" });
  t.match(await failure(objects.deleteObject({ location, container, name })), { reason: "NOT_FOUND" });
  t.match(await failure(objects.updateObject({ location, container, name })), { reason: "NOT_FOUND" });
  await objects.deleteObject({ location, container, name, allowMissing: true });
  t.equal(await stale({ md5 }), true);
  serves(t, "create_object", "get_object", "get_object_raw", "stream_object", "get_object_metadata");
  serves(t, "update_object", "delete_object", "is_object_stale");
});

contract("bytes that are there already are not sent again", async (t, { client, location, unique }) => {
  const objects = client(ObjectStoreService);
  const container = await ownContainer(t, objects, location, unique("same"));
  const data = Buffer.from("the same");
  const object = { container, name: "x", md5: hex("md5", data) };
  t.equal((await objects.createObject({ location, object, data })).isUnchanged, false);
  t.equal((await objects.createObject({ location, object, data })).isUnchanged, true);
  const { isUnchanged } = await objects.createObject({
    location,
    object: { ...object, allowUnchanged: true },
    data,
  });
  t.equal(isUnchanged, false);
});

contract("objects come in pages, and as folders", async (t, { client, location, unique, serves }) => {
  const objects = client(ObjectStoreService);
  const container = await ownContainer(t, objects, location, unique("list"));
  const names = ["a", "b/1", "b/2", "b/c/3", "d", "z/9"];
  for (const name of names) {
    await objects.createObject({ location, object: { container, name }, data: Buffer.from(name) });
  }
  const pages = async (request: object) => {
    const seen: string[] = [];
    let pageToken = "";
    do {
      const page = await objects.listObjects({ location, container, pageSize: 2, pageToken, ...request });
      seen.push(...page.objects.map(({ name, isSubdir }) => (isSubdir ? `[${name}]` : name)));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    return seen;
  };
  t.strictSame(await pages({}), names);
  t.strictSame(await pages({ delimiter: "/" }), ["a", "[b/]", "d", "[z/]"]);
  t.strictSame(await pages({ delimiter: "/", prefix: "b/" }), ["b/1", "b/2", "[b/c/]"]);
  t.strictSame(await pages({ nameOrId: "b/*" }), ["b/1", "b/2", "b/c/3"]);
  const {
    objects: [first],
  } = await objects.listObjects({ location, container });
  t.match(first, { name: "a", sizeBytes: 1n, etag: hex("md5", Buffer.from("a")), location });

  await objects.createDirectoryMarkerObject({ location, container, name: "folder" });
  const { object } = await objects.getObjectMetadata({ location, container, name: "folder" });
  t.match(object, { contentType: "application/directory", sizeBytes: 0n });
  t.match(await failure(objects.listObjects({ location, container: unique("none") })), {
    reason: "NOT_FOUND",
  });
  t.match(await failure(objects.deleteContainer({ location, nameOrId: container })), {
    reason: "CONFLICT",
  });
  serves(t, "list_objects", "search_objects", "create_directory_marker_object");
});
