import { create, toJson } from "@bufbuild/protobuf";
import t from "tap";
import { ComputeService, type Server, ServerSchema } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { onSandbox, type World } from "../support/worlds.ts";

async function started({ client, location }: World, more: object = {}): Promise<Server> {
  const compute = client(ComputeService);
  const request = {
    location,
    name: "web",
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
    ...more,
  };
  const { server } = await compute.createServer(request);
  const { server: active } = await compute.waitForServerStatus({ location, nameOrId: server?.id ?? "" });
  return active ?? create(ServerSchema);
}

/** What is the same for two servers that were started alike. */
function normalised(server: Server): unknown {
  const { name, statusText, vmState, flavor, powerState, addresses, securityGroups, tags } = server;
  return toJson(
    ServerSchema,
    create(ServerSchema, {
      name,
      statusText,
      vmState,
      flavor: flavor ?? {},
      powerState,
      securityGroups,
      tags,
      addresses: addresses.map(({ network, type, ipVersion }) => ({ network, type, ipVersion })),
    }),
  );
}

t.test("a Queens cloud and today's give the same server", async (t) => {
  const servers: unknown[] = [];
  for (const novaMicroversion of ["2.60", "2.93"]) {
    await t.test(novaMicroversion, (t) =>
      onSandbox(t, { novaMicroversion }, async (_t, world) => {
        servers.push(normalised(await started(world, { tags: ["a"], description: "d" })));
      }),
    );
  }
  t.strictSame(servers[0], servers[1]);
});

t.test("what the cloud is too old for is refused before anything is made", (t) =>
  onSandbox(t, { novaMicroversion: "2.18" }, async (t, world) => {
    t.match(await failure(started(world, { tags: ["a"] })), {
      reason: "UNSUPPORTED_BY_CLOUD",
      message: /2\.52.*2\.18/,
    });
    t.match(await failure(started(world, { description: "d" })), { reason: "UNSUPPORTED_BY_CLOUD" });
    t.strictSame((await world.client(ComputeService).listServers({ location: world.location })).servers, []);
    t.match(await started(world), { statusText: "ACTIVE" });
  }),
);
