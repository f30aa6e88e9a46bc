import { ComputeService, RebootType, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

const { ACTIVE, SHUTOFF, PAUSED, SUSPENDED, RESCUE, SHELVED_OFFLOADED } = ServerStatus;

contract("a server goes from state to state", async (t, { client, location, unique }) => {
  const compute = client(ComputeService);
  const name = unique("actions");
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

  t.match(await failure(compute.startServer(server)), {
    reason: "CONFLICT",
    message: /Cannot 'start' instance .* while it is in vm_state active/,
    metadata: { upstreamStatus: "409" },
  });
  const ways: [keyof typeof compute & `${string}Server`, ServerStatus][] = [
    ["stopServer", SHUTOFF],
    ["startServer", ACTIVE],
    ["pauseServer", PAUSED],
    ["unpauseServer", ACTIVE],
    ["suspendServer", SUSPENDED],
    ["resumeServer", ACTIVE],
    ["shelveServer", SHELVED_OFFLOADED],
    ["unshelveServer", ACTIVE],
  ];
  for (const [way, status] of ways) {
    await (compute[way] as (request: typeof server) => Promise<unknown>)(server);
    t.equal((await until(status))?.status, status, way);
  }
  for (const type of [RebootType.SOFT, RebootType.HARD]) {
    await compute.rebootServer({ ...server, type });
    t.equal((await until(ACTIVE))?.taskState, "", RebootType[type]);
  }
  t.match(await failure(compute.rebootServer(server)), { reason: "INVALID_REQUEST" });

  await compute.lockServer({ location, nameOrId: name, reason: "a test holds it" });
  t.match((await compute.getServer(server)).server, {
    isLocked: true,
    properties: { locked_reason: "a test holds it" },
  });
  t.match(await failure(compute.stopServer(server)), { reason: "CONFLICT", message: /is locked/ });
  await compute.unlockServer(server);
  t.equal((await compute.getServer(server)).server?.isLocked, false);

  t.not((await compute.rescueServer(server)).adminPassword, "");
  await until(RESCUE);
  await compute.unrescueServer(server);
  await until(ACTIVE);
});

contract("the flavor with enough memory is found", async (t, { client, location, serves }) => {
  const compute = client(ComputeService);
  const flavorOf = async (ramMib: bigint, include = "") =>
    (await compute.getFlavorByRam({ location, ramMib, include })).flavor?.name;
  t.equal(await flavorOf(0n), "m1.nano");
  t.equal(await flavorOf(193n), "m1.tiny");
  t.equal(await flavorOf(0n, "small"), "m1.small");
  t.match(await failure(flavorOf(1n << 40n)), { reason: "NOT_FOUND" });
  serves(t, "get_flavor_by_ram");
});
