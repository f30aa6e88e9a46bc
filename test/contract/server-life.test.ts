import { ComputeService, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

contract("a server is created, followed, read, changed and deleted", async (t, world) => {
  const { client, location, unique, serves } = world;
  const compute = client(ComputeService);
  const name = unique("server");
  const { server: created } = await compute.createServer({
    location,
    name,
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
    metadata: { role: "test" },
    tags: ["contract"],
    description: "made by a test",
    userData: Buffer.from("#cloud-config\n"),
    configDrive: true,
    availabilityZone: "nova",
    securityGroups: ["default"],
  });
  const nameOrId = created?.id ?? "";
  t.teardown(() => compute.deleteServer({ location, nameOrId, allowMissing: true }));
  t.match(created, { name, metadata: { role: "test" }, tags: ["contract"], description: "made by a test" });
  t.not(created?.adminPassword, "");

  const seen: string[] = [];
  let last: unknown;
  for await (const { server, done } of compute.waitForServer({ location, nameOrId: name })) {
    seen.push(`${server?.statusText} ${done}`);
    last = server;
  }
  t.equal(seen.at(-1), "ACTIVE true");
  const { server } = await compute.getServer({ location, nameOrId });
  t.match(server, {
    location: { cloud: "demo", region: "RegionOne", zone: "nova" },
    status: ServerStatus.ACTIVE,
    vmState: "active",
    taskState: "",
    flavor: { name: "m1.nano", vcpus: 1 },
    privateV4: /^10\.10\./,
    publicV4: "",
    securityGroups: ["default"],
    hasConfigDrive: true,
    adminPassword: "",
    addresses: [{ network: "private", ipVersion: 4, type: "fixed", macAddress: /^fa:16:3e/ }],
  });
  t.equal(server?.interfaceIp, server?.privateV4);
  t.equal(server?.location?.project?.id, server?.projectId);
  t.match(last, { id: nameOrId, privateV4: server?.privateV4 });

  const found = await compute.listServers({ location, nameOrId: name, jmespath: "metadata.role == 'test'" });
  t.strictSame(found.servers, [server]);
  t.match((await compute.getServerConsole({ location, nameOrId: name })).output, /\w/);

  const ports = await client(NetworkService).listPorts({ location, filters: { device_id: nameOrId } });
  t.match(ports.ports, [{ fixedIps: [{ ipAddress: server?.privateV4 }], deviceOwner: /^compute:/ }]);
  const port = ports.ports[0]?.id ?? "";
  t.match((await client(NetworkService).getPort({ location, nameOrId: port })).port, { id: port });

  const renamed = await compute.updateServer({
    location,
    nameOrId: name,
    name: `${name}-2`,
    description: "",
  });
  t.match(renamed.server, {
    name: `${name}-2`,
    description: "",
    status: ServerStatus.ACTIVE,
    privateV4: server?.privateV4,
  });

  await client(NetworkService).deletePort({ location, nameOrId: port });
  t.match(await failure(client(NetworkService).getPort({ location, nameOrId: port })), {
    reason: "NOT_FOUND",
  });
  t.match(await failure(client(NetworkService).deletePort({ location, nameOrId: port })), {
    reason: "NOT_FOUND",
  });
  await client(NetworkService).deletePort({ location, nameOrId: port, allowMissing: true });

  await compute.deleteServer({ location, nameOrId: `${name}-2` });
  await compute.waitForServerStatus({ location, nameOrId, status: ServerStatus.DELETED });
  t.match(await failure(compute.getServer({ location, nameOrId })), { reason: "NOT_FOUND" });
  t.match(await failure(compute.deleteServer({ location, nameOrId })), { reason: "NOT_FOUND" });
  t.match(await compute.waitForServerStatus({ location, nameOrId, status: ServerStatus.DELETED }), {
    server: undefined,
  });
  serves(t, "create_server", "wait_for_server", "get_active_server", "get_server", "get_server_by_id");
  serves(t, "list_servers", "search_servers", "get_server_console", "update_server", "delete_server");
  serves(t, "list_ports", "search_ports", "get_port", "get_port_by_id", "delete_port");
});
