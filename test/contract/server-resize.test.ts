import { ComputeService, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

const { ACTIVE, VERIFY_RESIZE } = ServerStatus;

contract("a server is resized, kept or put back, and built anew", async (t, world) => {
  const { client, location, unique, serves } = world;
  const compute = client(ComputeService);
  const name = unique("resize");
  const { server: created } = await compute.createServer({
    location,
    name,
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
  });
  const nameOrId = created?.id ?? "";
  t.teardown(() => compute.deleteServer({ location, nameOrId, allowMissing: true }));
  const server = { location, nameOrId };
  const until = async (status: ServerStatus) =>
    (await compute.waitForServerStatus({ ...server, status })).server;
  await until(ACTIVE);

  t.match(await failure(compute.confirmServerResize(server)), { reason: "CONFLICT" });
  await compute.resizeServer({ ...server, flavor: "m1.tiny" });
  t.equal((await until(VERIFY_RESIZE))?.flavor?.ramMib, 512n);
  await compute.revertServerResize(server);
  t.equal((await until(ACTIVE))?.flavor?.ramMib, 192n);
  await compute.resizeServer({ ...server, flavor: "m1.tiny" });
  await until(VERIFY_RESIZE);
  await compute.confirmServerResize(server);
  t.equal((await until(ACTIVE))?.flavor?.ramMib, 512n);

  await compute.setServerMetadata({ ...server, metadata: { a: "1", b: "2" } });
  await compute.setServerMetadata({ ...server, metadata: { b: "3", c: "4" } });
  await compute.deleteServerMetadata({ ...server, keys: ["a", "c"] });
  t.strictSame((await compute.getServer(server)).server?.metadata, { b: "3" });
  t.match(await failure(compute.deleteServerMetadata({ ...server, keys: ["a"] })), { reason: "NOT_FOUND" });
  await compute.deleteServerMetadata({ ...server, keys: ["a", "b"], allowMissing: true });
  t.strictSame((await compute.getServer(server)).server?.metadata, {});
  t.match(await failure(compute.setServerMetadata({ ...server, metadata: { "oaktree:x": "" } })), {
    reason: "INVALID_REQUEST",
  });

  const groups = { ...server, securityGroups: ["default"] };
  t.strictSame((await compute.addServerSecurityGroups(groups)).added, []);
  t.strictSame((await compute.removeServerSecurityGroups(groups)).removed, ["default"]);
  t.strictSame((await compute.removeServerSecurityGroups(groups)).removed, []);
  const listed = { location, server: name };
  t.strictSame((await compute.listServerSecurityGroups(listed)).serverSecurityGroups, []);
  t.strictSame((await compute.addServerSecurityGroups(groups)).added, ["default"]);
  t.match((await compute.listServerSecurityGroups(listed)).serverSecurityGroups, [{ name: "default" }]);
  t.match(await failure(compute.addServerSecurityGroups({ ...server, securityGroups: ["no-such"] })), {
    reason: "NOT_FOUND",
  });

  const { server: rebuilt } = await compute.rebuildServer({
    ...server,
    image: "lab-small",
    name: `${name}-2`,
    adminPassword: "for-a-test",
  });
  t.match(rebuilt, { status: ServerStatus.REBUILD, adminPassword: "for-a-test", name: `${name}-2` });
  t.match(await until(ACTIVE), { privateV4: /^10\.10\./, adminPassword: "" });

  const { imageId } = await compute.createImageSnapshot({
    ...server,
    name: `${name}-image`,
    metadata: { a: "b" },
  });
  t.teardown(() => client(ImageService).deleteImage({ location, nameOrId: imageId, allowMissing: true }));
  const snapshot = await compute.waitForImageSnapshot({ ...server, imageId });
  t.match(snapshot.image, { id: imageId, name: `${name}-image`, statusText: "active" });
  serves(t, "rebuild_server", "set_server_metadata", "delete_server_metadata", "create_image_snapshot");
  serves(t, "add_server_security_groups", "remove_server_security_groups", "list_server_security_groups");
});
