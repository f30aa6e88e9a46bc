import { ObjectStoreService } from "../../src/gen/oaktree/v1/object_store_pb.js";
import { failure } from "../support/faults.ts";
import { downloadedObject, objectUpload, ownContainer } from "../support/transfers.ts";
import { contract } from "../support/worlds.ts";

/** Names that some part of the way would like to change. */
const names = [
  "/lead",
  "a",
  "a b",
  "a%2Fb",
  "a%20b",
  "a+b",
  "a/",
  "a//b",
  "a/b",
  "a?b=c#d",
  "a;b,c&d=e",
  "café",
  "cafe\u0301",
  "..a",
  "a..",
  "...",
  "日本語/木.txt",
  "🌳",
  '"quoted"<&>',
  "tab\there",
  "line\nbreak",
  "~!$'()*@:",
  "trailing ",
  " leading",
];

contract("every name is an object of its own", async (t, { client, location, unique }) => {
  const objects = client(ObjectStoreService);
  const container = await ownContainer(t, objects, location, unique("names"));
  for (const name of names) {
    const bytes = Buffer.from(`bytes of ${name}`);
    const { object } = await objects.uploadObject(objectUpload(location, { container, name }, [bytes]));
    t.equal(object?.name, name);
  }
  const listed = await objects.listObjects({ location, container });
  t.strictSame(listed.objects.map(({ name }) => name).toSorted(), names.toSorted());
  for (const name of names) {
    const { bytes } = await downloadedObject(objects, { location, container, name });
    t.equal(bytes.toString(), `bytes of ${name}`, JSON.stringify(name));
  }
  for (const name of names) {
    await objects.deleteObject({ location, container, name });
  }
  t.strictSame((await objects.listObjects({ location, container })).objects, []);
});

contract("no name reaches anything else", async (t, { client, location, unique }) => {
  const objects = client(ObjectStoreService);
  const container = await ownContainer(t, objects, location, unique("escape"));
  await objects.createObject({ location, object: { container, name: "x" }, data: Buffer.from("x") });
  for (const name of ["..", ".", "../x", "a/../x", "a/.", "a\\..\\x", "nul\0"]) {
    for (const call of [
      objects.getObjectMetadata({ location, container, name }),
      objects.deleteObject({ location, container, name }),
      objects.createObject({ location, object: { container, name } }),
    ]) {
      t.match(await failure(call), { reason: "INVALID_REQUEST" }, JSON.stringify(name));
    }
  }
  for (const wrong of ["..", "a/b", `${container}/x`]) {
    t.match(await failure(objects.getContainer({ location, name: wrong })), { reason: "INVALID_REQUEST" });
  }
  t.ok((await objects.getObjectMetadata({ location, container, name: "x" })).object);
});
