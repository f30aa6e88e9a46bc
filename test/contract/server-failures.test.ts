import { ComputeService, OnFailure, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

contract(
  "a server that fits nowhere ends the wait with Nova's words",
  async (t, { client, location, unique }) => {
    const compute = client(ComputeService);
    const { server } = await compute.createServer({
      location,
      name: unique("toobig"),
      image: "lab-small",
      flavor: "m1.toobig",
      networks: ["private"],
    });
    const nameOrId = server?.id ?? "";
    t.teardown(() => compute.deleteServer({ location, nameOrId, allowMissing: true }));
    const onFailure = OnFailure.KEEP;
    t.match(await failure(compute.waitForServer({ location, nameOrId, onFailure })), {
      reason: "SERVER_FAULT",
      message: /No valid host was found/,
      metadata: { resourceId: nameOrId, deleted: "false" },
    });
    t.match((await compute.getServer({ location, nameOrId })).server, {
      statusText: "ERROR",
      fault: { message: /No valid host was found/ },
    });
  },
);

contract(
  "a server that never came up is deleted, unless it is to be kept",
  async (t, { client, location, unique }) => {
    const compute = client(ComputeService);
    const { server } = await compute.createServer({
      location,
      name: unique("toobig"),
      image: "lab-small",
      flavor: "m1.toobig",
      networks: ["private"],
    });
    const nameOrId = server?.id ?? "";
    t.teardown(() => compute.deleteServer({ location, nameOrId, allowMissing: true }));
    t.match(await failure(compute.waitForServerStatus({ location, nameOrId })), {
      reason: "SERVER_FAULT",
      message: /No valid host was found/,
      metadata: { resourceId: nameOrId, deleted: "true" },
    });
    await compute.waitForServerStatus({ location, nameOrId, status: ServerStatus.DELETED });
    t.match(await failure(compute.getServer({ location, nameOrId })), { reason: "NOT_FOUND" });
  },
);

contract("what cannot be started says why and starts nothing", async (t, { client, location, unique }) => {
  const compute = client(ComputeService);
  const name = unique("never");
  const base = { location, name, image: "lab-small", flavor: "m1.nano", networks: ["private"] };
  const wrong: [object, object][] = [
    [{ image: "no-such-image" }, { reason: "NOT_FOUND", metadata: { service: "image" } }],
    [{ flavor: "no-such-flavor" }, { reason: "NOT_FOUND", metadata: { service: "compute" } }],
    [{ networks: ["no-such-network"] }, { reason: "NOT_FOUND", metadata: { service: "network" } }],
    [{ keyName: "no-such-key" }, { reason: "UPSTREAM_BAD_REQUEST", message: /key_name/ }],
    [{ availabilityZone: "no-such-zone" }, { reason: "UPSTREAM_BAD_REQUEST", message: /zone/ }],
    [{ name: "" }, { reason: "INVALID_REQUEST" }],
  ];
  for (const [change, expected] of wrong) {
    t.match(await failure(compute.createServer({ ...base, ...change })), expected, JSON.stringify(change));
  }
  t.strictSame((await compute.listServers({ location, nameOrId: name })).servers, []);
});
