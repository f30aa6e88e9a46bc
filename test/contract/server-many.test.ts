import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

contract("several servers are started by one call", async (t, { client, location, unique }) => {
  const compute = client(ComputeService);
  const name = unique("many");
  const request = { location, name, image: "lab-small", flavor: "m1.nano", networks: ["private"] };
  t.teardown(async () => {
    for (const { id } of (await compute.listServers({ location, nameOrId: `${name}*` })).servers) {
      await compute.deleteServer({ location, nameOrId: id, allowMissing: true });
    }
  });
  const { server, servers } = await compute.createServer({ ...request, maxCount: 2 });
  t.strictSame(
    servers.map((one) => one.name),
    [`${name}-1`, `${name}-2`],
  );
  t.equal(server?.id, servers[0]?.id);
  for (const { id } of servers) {
    t.match((await compute.waitForServerStatus({ location, nameOrId: id })).server, { statusText: "ACTIVE" });
  }
  t.match(await failure(compute.createServer({ ...request, maxCount: 2, requestId: "x" })), {
    reason: "INVALID_REQUEST",
  });
  t.match(await failure(compute.createServer({ ...request, minCount: 2 })), { reason: "INVALID_REQUEST" });
});
