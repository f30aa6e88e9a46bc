import { randomUUID } from "node:crypto";
import { ComputeService, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

contract("a call with a request_id makes one server, however often it comes", async (t, world) => {
  const { client, location, unique } = world;
  const compute = client(ComputeService);
  const name = unique("once");
  const request = {
    location,
    name,
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
    metadata: { b: "2", a: "1" },
    tags: ["mine"],
    requestId: randomUUID(),
  };
  t.teardown(async () => {
    for (const { id } of (await compute.listServers({ location, nameOrId: `${name}*` })).servers) {
      await compute.deleteServer({ location, nameOrId: id, allowMissing: true });
    }
  });
  const answers = await Promise.all(Array.from({ length: 5 }, () => compute.createServer(request)));
  const ids = new Set(answers.map(({ server }) => server?.id));
  t.equal(ids.size, 1);
  const again = await compute.createServer({ ...request, metadata: { a: "1", b: "2" } });
  t.ok(ids.has(again.server?.id));
  const [nameOrId = ""] = ids;
  t.match(
    again.server,
    { metadata: { a: "1", b: "2" }, tags: ["mine"] },
    "Oaktree's marks are not the user's",
  );
  t.strictSame(
    (await compute.listServers({ location, nameOrId: name })).servers.map(({ id }) => id),
    [nameOrId],
  );

  t.match(await failure(compute.createServer({ ...request, name: `${name}-other` })), {
    reason: "ALREADY_EXISTS",
    metadata: { resourceId: nameOrId },
  });
  t.match(await failure(compute.createServer({ ...request, tags: ["oaktree:x"] })), {
    reason: "INVALID_REQUEST",
  });
  await compute.deleteServer({ location, nameOrId: nameOrId ?? "" });
  await compute.waitForServerStatus({ location, nameOrId: nameOrId ?? "", status: ServerStatus.DELETED });
  t.notOk(ids.has((await compute.createServer(request)).server?.id), "it holds as long as the server lives");
});
