// How transfers end that somebody ends: the caller, its deadline, its token, or a cloud that refuses before it has read.
import { Code, ConnectError } from "@connectrpc/connect";
import type { Test } from "tap";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { ObjectStoreService } from "../../src/gen/oaktree/v1/object_store_pb.js";
import { shared, shortToken } from "../support/credentials.ts";
import { failure } from "../support/faults.ts";
import { oaktreeBefore } from "../support/oaktree-before.ts";
import { downloadedImage, imageUpload, objectUpload, ownContainer } from "../support/transfers.ts";
import { Upstream } from "../support/upstream.ts";
import { contract, type World } from "../support/worlds.ts";

const mebibyte = 1024 * 1024;

/** Bytes without end; `given` tells how many MiB were taken. `at` is called before the given one. */
function endless(at = -1, then: () => unknown = () => undefined) {
  const state = { given: 0 };
  async function* bytes() {
    for (;;) {
      if (state.given === at) {
        await then();
      }
      state.given += 1;
      yield new Uint8Array(mebibyte);
    }
  }
  return { state, bytes: bytes() };
}

/** The images of a name, as Glance itself lists them. */
async function imagesOf(world: World, name: string) {
  const upstream = await Upstream.login(world.clouds.demo as never);
  return await upstream.list("image", `/v2/images?name=${encodeURIComponent(name)}`);
}

/** A token that ends soon, and a wait for its end. */
async function endingToken(t: Test, world: World) {
  const { id: token, end } = await shortToken(t, world);
  return { token, ended: () => new Promise((resolve) => setTimeout(resolve, end + 1000 - Date.now())) };
}

contract("a caller that leaves its upload leaves no image", async (t, world) => {
  const images = world.client(ImageService);
  const name = world.unique("left");
  const leaving = new AbortController();
  const { bytes } = endless(40, () => leaving.abort());
  const messages = imageUpload(world.location, { name, diskFormat: "raw" }, bytes);
  await t.rejects(images.uploadImage(messages, { signal: leaving.signal }), { code: Code.Canceled });
  while ((await imagesOf(world, name)).length > 0) {
    // The caller does not wait for the clean-up.
  }
});

contract("an upload whose deadline passes leaves no image", async (t, world) => {
  const images = world.client(ImageService);
  const name = world.unique("late");
  const messages = imageUpload(world.location, { name, diskFormat: "raw" }, endless().bytes);
  const error = await images.uploadImage(messages, { timeoutMs: 1500 }).catch(ConnectError.from);
  t.equal((error as ConnectError).code, Code.DeadlineExceeded);
  while ((await imagesOf(world, name)).length > 0) {
    // The caller does not wait for the clean-up.
  }
});

contract("a cloud that refuses is heard before it has all bytes", async (t, world) => {
  const { client, location, unique } = world;
  const objects = client(ObjectStoreService);
  const free = await ownContainer(t, objects, location, unique("free"));
  const narrow = await ownContainer(t, objects, location, unique("narrow"));
  await objects.updateContainer({ location, name: narrow, metadata: { "quota-bytes": "1000" } });
  const refused: [string, object, object][] = [
    [
      "more than Swift takes in one piece",
      { container: free, sizeBytes: 6n * 1024n ** 3n },
      { reason: "UPSTREAM_BAD_REQUEST", message: /too large/i },
    ],
    [
      "more than the container's quota",
      { container: narrow, sizeBytes: 1024n ** 3n },
      { reason: "QUOTA_EXCEEDED", message: /exceeds quota/ },
    ],
    ["a container that is not there", { container: unique("none") }, { reason: "NOT_FOUND" }],
  ];
  for (const [what, wanted, expected] of refused) {
    const { bytes, state } = endless();
    const upload = objects.uploadObject(objectUpload(location, { name: "x", ...wanted }, bytes));
    t.match(await failure(upload), expected, what);
    t.ok(state.given < 200, `${what}: ${state.given} MiB were taken`);
  }
  for (const container of [free, narrow]) {
    t.strictSame((await objects.listObjects({ location, container })).objects, []);
  }
});

contract("Glance refuses what is above a quota before it has the bytes", async (t, world) => {
  const name = world.unique("quota");
  const { bytes, state } = endless();
  const wanted = { name, diskFormat: "raw", sizeBytes: 1024n ** 4n };
  const upload = world.client(ImageService).uploadImage(imageUpload(world.location, wanted, bytes));
  t.match(await failure(upload), { reason: "QUOTA_EXCEEDED", message: /exceeds the storage quota/ });
  t.ok(state.given < 200, `${state.given} MiB were taken`);
  while ((await imagesOf(world, name)).length > 0) {
    // The caller does not wait for the clean-up.
  }
});

contract("a token that ends during an object's upload harms nothing", async (t, world) => {
  const { location, unique } = world;
  const own = world.client(ObjectStoreService);
  const container = await ownContainer(t, own, location, unique("token"));
  const clientOf = await oaktreeBefore(t, shared(world));
  const { token, ended } = await endingToken(t, world);
  const objects = clientOf(ObjectStoreService, { "x-auth-token": token });
  async function* bytes() {
    yield Buffer.from("first");
    await ended();
    yield Buffer.from(" last");
  }
  const wanted = { container, name: "x", metadata: { k: "ü" }, deleteAfterSeconds: 1000n };
  const { object } = await objects.uploadObject(objectUpload(location, wanted, bytes()));
  const { object: kept } = await own.getObjectMetadata({ location, container, name: "x" });
  t.strictSame({ ...object, deleteTime: undefined }, { ...kept, deleteTime: undefined });
  // Swift rounds its times in two ways.
  const seconds = [object, kept].map((one) => Number(one?.deleteTime?.seconds));
  t.ok(Math.abs((seconds[0] ?? 0) - (seconds[1] ?? 0)) <= 1, seconds.join());
  const { state, bytes: more } = endless();
  t.match(await failure(objects.uploadObject(objectUpload(location, wanted, more))), {
    reason: "CREDENTIAL_INVALID",
  });
  t.ok(state.given < 64, `${state.given} MiB were taken of who may not call`);
});

contract("a token that ends during an image's upload leaves it unchecked", async (t, world) => {
  const { location, unique } = world;
  const own = world.client(ImageService);
  const clientOf = await oaktreeBefore(t, shared(world));
  const { token, ended } = await endingToken(t, world);
  const images = clientOf(ImageService, { "x-auth-token": token });
  async function* bytes() {
    yield Buffer.from("first");
    await ended();
    yield Buffer.from(" last");
  }
  const messages = imageUpload(location, { name: unique("token"), diskFormat: "raw" }, bytes());
  const error = await failure(images.uploadImage(messages));
  t.match(error, { reason: "OUTCOME_UNKNOWN", message: /token ended/ });
  const nameOrId = error.metadata.resourceId ?? "";
  t.equal((await downloadedImage(own, { location, nameOrId })).bytes.toString(), "first last");
  await own.deleteImage({ location, nameOrId });
});

contract("an image may have no bytes, and any name", async (t, world) => {
  const { client, location, unique } = world;
  const images = client(ImageService);
  const name = `${unique("a/b c")}%20/größe 100%`;
  const { image } = await images.uploadImage(
    imageUpload(location, { name, diskFormat: "raw", sizeBytes: 0n }, []),
  );
  t.match(image, { name, statusText: "active", sizeBytes: 0n });
  const { bytes, digest } = await downloadedImage(images, { location, nameOrId: name });
  t.equal(bytes.length, 0);
  t.match(digest, { isVerified: true });
  await images.deleteImage({ location, nameOrId: name });
  t.strictSame(await imagesOf(world, name), []);
});
