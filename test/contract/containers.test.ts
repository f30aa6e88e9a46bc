import { ContainerAccess, ObjectStoreService } from "../../src/gen/oaktree/v1/object_store_pb.js";
import { failure } from "../support/faults.ts";
import { ownContainer } from "../support/transfers.ts";
import { contract } from "../support/worlds.ts";

contract(
  "a container is made, found, changed and deleted",
  async (t, { client, location, unique, serves }) => {
    const objects = client(ObjectStoreService);
    const name = unique("köpfe & co");
    const { container } = await objects.createContainer({
      location,
      name,
      metadata: { "Web-Index": "índex.html" },
    });
    t.teardown(() => objects.deleteContainer({ location, nameOrId: name, allowMissing: true }));
    t.match(container, {
      name,
      id: name,
      objectCount: 0n,
      metadata: { "web-index": "índex.html" },
      location,
    });
    const again = await objects.createContainer({ location, name, metadata: { other: "x" } });
    t.strictSame(
      again.container?.metadata,
      { "web-index": "índex.html" },
      "one that is there stays as it is",
    );
    t.strictSame((await objects.getContainer({ location, name })).container?.metadata, container?.metadata);

    const { containers } = await objects.listContainers({ location, nameOrId: `${name.slice(0, -2)}*` });
    t.match(containers, [{ name, objectCount: 0n }]);
    const byPrefix = await objects.listContainers({ location, prefix: name });
    t.strictSame(byPrefix.containers, containers);

    const changed = await objects.updateContainer({
      location,
      name,
      metadata: { colour: "grün" },
      removeMetadata: ["Web-Index"],
    });
    t.strictSame(changed.container?.metadata, { colour: "grün" });

    await objects.deleteContainer({ location, nameOrId: name });
    t.match(await failure(objects.getContainer({ location, name })), { reason: "NOT_FOUND" });
    t.match(await failure(objects.updateContainer({ location, name, metadata: { a: "b" } })), {
      reason: "NOT_FOUND",
    });
    t.match(await failure(objects.deleteContainer({ location, nameOrId: name })), { reason: "NOT_FOUND" });
    await objects.deleteContainer({ location, nameOrId: name, allowMissing: true });
    serves(t, "create_container", "get_container", "list_containers", "search_containers");
    serves(t, "update_container", "delete_container");
  },
);

contract(
  "access is private until it is said to be public",
  async (t, { client, location, unique, serves }) => {
    const objects = client(ObjectStoreService);
    const name = await ownContainer(t, objects, location, unique("access"));
    const { PRIVATE, PUBLIC, CUSTOM } = ContainerAccess;
    t.match(await objects.getContainerAccess({ location, name }), {
      access: PRIVATE,
      readAcl: "",
      writeAcl: "",
    });
    t.match(await objects.setContainerAccess({ location, name, access: PUBLIC }), { access: PUBLIC });
    const custom = { access: CUSTOM, readAcl: "*:demo", writeAcl: "*:alt" };
    t.match(await objects.setContainerAccess({ location, name, ...custom }), custom);
    t.match(await objects.getContainerAccess({ location, name }), custom);
    t.match(await objects.setContainerAccess({ location, name, access: PRIVATE, writeAcl: "" }), {
      access: PRIVATE,
      readAcl: "",
      writeAcl: "",
    });
    t.match(await failure(objects.setContainerAccess({ location, name, access: CUSTOM })), {
      reason: "INVALID_REQUEST",
    });
    serves(t, "get_container_access", "set_container_access");
  },
);

contract("containers come in pages", async (t, { client, location, unique }) => {
  const objects = client(ObjectStoreService);
  const prefix = unique("page");
  const names = ["a", "b", "c", "d", "e"].map((end) => `${prefix}-${end}`);
  for (const name of names) {
    await ownContainer(t, objects, location, name);
  }
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await objects.listContainers({ location, prefix, pageSize: 2, pageToken });
    t.ok(page.containers.length <= 2);
    seen.push(...page.containers.map(({ name }) => name));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  t.strictSame(seen, names);
});

contract("the cloud tells what its object store can do", async (t, { client, location, serves }) => {
  const objects = client(ObjectStoreService);
  const { maxFileSizeBytes, minSegmentSizeBytes, info } = await objects.getObjectCapabilities({ location });
  t.ok(maxFileSizeBytes > 1_000_000n);
  t.type((info?.swift as { version?: unknown } | undefined)?.version, "string");
  const sizeOf = async (segmentSizeBytes: bigint) =>
    (await objects.getObjectSegmentSize({ location, segmentSizeBytes })).segmentSizeBytes;
  t.equal(await sizeOf(0n), 1024n ** 3n);
  t.equal(await sizeOf(10n ** 18n), maxFileSizeBytes);
  t.equal(await sizeOf(1n), minSegmentSizeBytes > 1n ? minSegmentSizeBytes : 1n);
  serves(t, "get_object_capabilities", "get_object_segment_size");
});
