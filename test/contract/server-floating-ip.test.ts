import { Code } from "@connectrpc/connect";
import { ComputeService, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { contract } from "../support/worlds.ts";

contract("a server is given a floating IP, and takes it along when it goes", async (t, world) => {
  const { client, location, unique } = world;
  const compute = client(ComputeService);
  const request = {
    location,
    name: unique("auto"),
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
  };
  const { server } = await compute.createServer({ ...request, autoIp: true, metadata: { mine: "1" } });
  const nameOrId = server?.id ?? "";
  t.teardown(() => compute.deleteServer({ location, nameOrId, allowMissing: true, deleteIps: true }));
  t.match(server, { pendingSteps: ["auto_ip"], metadata: { mine: "1" } });

  const { server: up } = await compute.waitForServerStatus({ location, nameOrId });
  t.match(up, {
    statusText: "ACTIVE",
    pendingSteps: [],
    metadata: { mine: "1" },
    publicV4: /^172\.24\./,
    privateV4: /^10\.10\./,
  });
  t.equal(up?.interfaceIp, up?.publicV4);
  t.match((await compute.getServer({ location, nameOrId })).server, {
    publicV4: up?.publicV4,
    privateV4: up?.privateV4,
  });

  const { deletedFloatingIps } = await compute.deleteServer({ location, nameOrId, deleteIps: true });
  t.strictSame(deletedFloatingIps, [up?.publicV4]);
  await compute.waitForServerStatus({ location, nameOrId, status: ServerStatus.DELETED });
});

contract("a server is given the floating IPs that the caller names", async (t, world) => {
  const { client, location, unique } = world;
  const compute = client(ComputeService);
  const network = client(NetworkService);
  const { floatingIp } = await network.createFloatingIp({ location });
  const address = floatingIp?.floatingIpAddress ?? "";
  t.teardown(() =>
    network.deleteFloatingIp({ location, nameOrId: floatingIp?.id ?? "", allowMissing: true }),
  );
  const request = {
    location,
    name: unique("given"),
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
  };
  await t.rejects(compute.createServer({ ...request, ips: [address, "203.0.113.77"] }), {
    code: Code.NotFound,
  });
  t.strictSame(
    (await compute.listServers({ location, nameOrId: request.name })).servers,
    [],
    "nothing is made",
  );

  const { server } = await compute.createServer({ ...request, ips: [address], autoIp: true });
  const nameOrId = server?.id ?? "";
  t.teardown(() => compute.deleteServer({ location, nameOrId, allowMissing: true, deleteIps: true }));
  t.match(server, { pendingSteps: ["ips"], metadata: {} });
  const { server: up } = await compute.waitForServerStatus({ location, nameOrId });
  t.match(up, { statusText: "ACTIVE", pendingSteps: [], publicV4: address });
  const { deletedFloatingIps } = await compute.deleteServer({ location, nameOrId, deleteIps: true });
  t.strictSame(deletedFloatingIps, [address]);
  await compute.waitForServerStatus({ location, nameOrId, status: ServerStatus.DELETED });
});
