import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { failure } from "../support/faults.ts";
import { contract, type World } from "../support/worlds.ts";

/** A server on `private` that goes away with the test. */
async function startServer(t: Parameters<World["serves"]>[0], { client, location, unique }: World) {
  const compute = client(ComputeService);
  const { server } = await compute.createServer({
    location,
    name: unique("fip"),
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
  });
  const nameOrId = server?.id ?? "";
  t.teardown(() => compute.deleteServer({ location, nameOrId, allowMissing: true }));
  await compute.waitForServerStatus({ location, nameOrId });
  return nameOrId;
}

contract("a server is given a floating IP, which is found, taken off and deleted", async (t, world) => {
  const { client, location, serves } = world;
  const network = client(NetworkService);
  const compute = client(ComputeService);
  const server = await startServer(t, world);
  const before = (await compute.getServer({ location, nameOrId: server })).server;
  t.match(before, { publicV4: "" });

  const { floatingIps } = await network.addIpsToServer({ location, server });
  const [floatingIp] = floatingIps;
  const address = floatingIp?.floatingIpAddress ?? "";
  t.teardown(() =>
    network.deleteFloatingIp({ location, nameOrId: floatingIp?.id ?? "", allowMissing: true }),
  );
  t.match(floatingIp, {
    name: /^172\.24\./,
    floatingIpAddress: /^172\.24\./,
    fixedIpAddress: before?.privateV4,
    status: /ACTIVE|DOWN/,
  });
  const { server: after } = await compute.getServer({ location, nameOrId: server });
  t.match(after, { publicV4: address, interfaceIp: address, privateV4: before?.privateV4 });
  t.match(
    after?.addresses.filter(({ type }) => type === "floating"),
    [{ address, network: "private" }],
  );

  t.match((await network.addIpsToServer({ location, server })).floatingIps, [{ id: floatingIp?.id }]);
  t.match((await network.addIpsToServer({ location, server, ips: [address] })).floatingIps, [
    { id: floatingIp?.id },
  ]);
  t.match(await network.createFloatingIp({ location, server }), {
    floatingIp: { id: floatingIp?.id },
    isNew: false,
  });

  for (const nameOrId of [address, floatingIp?.id ?? ""]) {
    t.match((await network.getFloatingIp({ location, nameOrId })).floatingIp, { id: floatingIp?.id });
  }
  const listed = await network.listFloatingIps({ location, filters: { floating_ip_address: address } });
  t.match(listed.floatingIps, [{ id: floatingIp?.id, portId: floatingIp?.portId }]);

  t.match(await network.detachIpFromServer({ location, server, floatingIp: address }), { wasAttached: true });
  t.match(await network.detachIpFromServer({ location, server, floatingIp: address }), {
    wasAttached: false,
  });
  t.match((await network.getFloatingIp({ location, nameOrId: address })).floatingIp, { portId: "" });
  t.match((await compute.getServer({ location, nameOrId: server })).server, {
    privateV4: before?.privateV4,
  });
  await network.deleteFloatingIp({ location, nameOrId: address });
  t.match(await failure(network.deleteFloatingIp({ location, nameOrId: address })), { reason: "NOT_FOUND" });
  t.match(await failure(network.getFloatingIp({ location, nameOrId: address })), { reason: "NOT_FOUND" });
  await network.deleteFloatingIp({ location, nameOrId: address, allowMissing: true });
  serves(t, "create_floating_ip", "get_floating_ip", "get_floating_ip_by_id", "list_floating_ips");
  serves(t, "search_floating_ips", "delete_floating_ip", "add_ips_to_server", "add_auto_ip", "add_ip_list");
  serves(t, "detach_ip_from_server");
});

contract("an address is not taken away from another server", async (t, world) => {
  const { client, location } = world;
  const network = client(NetworkService);
  const [one, other] = await Promise.all([startServer(t, world), startServer(t, world)]);
  const { floatingIp } = await network.createFloatingIp({ location, server: one, network: "public" });
  const nameOrId = floatingIp?.id ?? "";
  t.teardown(() => network.deleteFloatingIp({ location, nameOrId, allowMissing: true }));
  t.match(await failure(network.addIpsToServer({ location, server: other, ips: [nameOrId] })), {
    reason: "CONFLICT",
    metadata: { resourceId: nameOrId },
  });
  t.match((await network.getFloatingIp({ location, nameOrId })).floatingIp, { portId: floatingIp?.portId });
  t.match(await network.detachIpFromServer({ location, server: other, floatingIp: nameOrId }), {
    wasAttached: false,
  });
  t.match(await failure(network.addIpsToServer({ location, server: other, ips: ["192.0.2.9"] })), {
    reason: "NOT_FOUND",
  });
});

contract("twenty callers for one server make one address", async (t, world) => {
  const { client, location } = world;
  const network = client(NetworkService);
  const server = await startServer(t, world);
  const calls = Array.from({ length: 20 }, (_, index) =>
    index % 2 === 0
      ? network.createFloatingIp({ location, server }).then(({ floatingIp }) => floatingIp?.id)
      : network
          .addIpsToServer({ location, server, ipPool: "public", reuseIps: index % 4 === 1 })
          .then(({ floatingIps }) => floatingIps[0]?.id),
  );
  const ids = new Set(await Promise.all(calls));
  t.teardown(async () => {
    for (const id of ids) {
      await network.deleteFloatingIp({ location, nameOrId: id ?? "", allowMissing: true });
    }
  });
  t.equal(ids.size, 1);
  const { ports } = await network.listPorts({ location, filters: { device_id: server } });
  const { floatingIps } = await network.listFloatingIps({
    location,
    filters: { port_id: ports[0]?.id ?? "" },
  });
  t.strictSame(
    floatingIps.map(({ id }) => id),
    [...ids],
  );
});

contract("unattached addresses are reused or reaped, never both", async (t, world) => {
  const { client, location, serves } = world;
  const network = client(NetworkService);
  const made: string[] = [];
  t.teardown(async () => {
    for (const nameOrId of made) {
      await network.deleteFloatingIp({ location, nameOrId, allowMissing: true });
    }
  });
  const servers = await Promise.all(Array.from({ length: 2 }, () => startServer(t, world)));
  for (let count = 0; count < 4; count++) {
    made.push((await network.createFloatingIp({ location })).floatingIp?.id ?? "");
  }
  const young = await network.deleteUnattachedFloatingIps({ location });
  t.notOk(
    young.deleted.some(({ id }) => made.includes(id)),
    "none is younger than min_age",
  );
  const minAge = { seconds: 0n };
  const plan = await network.deleteUnattachedFloatingIps({ location, minAge, dryRun: true });
  t.ok(made.every((id) => plan.deleted.some((one) => one.id === id)));
  const { floatingIps: still } = await network.listFloatingIps({ location });
  t.ok(made.every((id) => still.some((one) => one.id === id)));

  const held = await network.availableFloatingIp({ location, network: "public" });
  const [reaped, ...given] = await Promise.all([
    network.deleteUnattachedFloatingIps({ location, minAge }),
    ...servers.map((server) =>
      network.addIpsToServer({ location, server, ipPool: "public", reuseIps: true }),
    ),
  ]);
  t.strictSame(reaped.failed, []);
  const gone = new Set(reaped.deleted.map(({ id }) => id));
  const attached = given.map(({ floatingIps }) => floatingIps[0]);
  made.push(...attached.map((one) => one?.id ?? ""));
  t.equal(new Set(attached.map((one) => one?.id)).size, servers.length, "each server has its own");
  t.notOk(
    attached.some((one) => gone.has(one?.id ?? "")),
    "none of them was reaped",
  );
  t.notOk(gone.has(held.floatingIp?.id ?? ""), "what was given out is kept");
  for (const [index, server] of servers.entries()) {
    const nameOrId = attached[index]?.id ?? "";
    const { floatingIp } = await network.getFloatingIp({ location, nameOrId });
    const { ports } = await network.listPorts({ location, filters: { device_id: server } });
    t.equal(floatingIp?.portId, ports[0]?.id);
  }
  const { floatingIps: left } = await network.listFloatingIps({ location });
  t.notOk(
    left.some(({ id }) => gone.has(id)),
    "what was deleted is gone",
  );
  serves(t, "available_floating_ip", "delete_unattached_floating_ips");
});

contract("pools and the roles of networks are told with their reasons", async (t, world) => {
  const { client, location, serves } = world;
  const network = client(NetworkService);
  const { floatingIpPools } = await network.listFloatingIpPools({ location });
  t.match(floatingIpPools, [{ name: "public", location }]);
  t.match((await network.listFloatingIpPools({ location, nameOrId: "pri*" })).floatingIpPools, []);
  const { roles, unknownNetworks } = await network.getNetworkRoles({ location });
  t.strictSame(unknownNetworks, []);
  const of = (name: string) =>
    roles
      .filter(({ networkName }) => networkName === name)
      .map(({ role, isConfigured, reason }) => [role, isConfigured, reason]);
  t.strictSame(of("public"), [
    [1, false, "router:external is true"],
    [2, false, "router:external is true"],
    [5, false, "router:external is true"],
  ]);
  t.match(of("private"), [
    [3, false, "router:external is false"],
    [4, false, "router:external is false"],
    [6, false, /IPv4 gateway/],
  ]);
  serves(t, "list_floating_ip_pools", "search_floating_ip_pools", "get_external_networks");
  serves(t, "get_external_ipv4_networks", "get_external_ipv6_networks", "get_internal_networks");
  serves(t, "get_internal_ipv4_networks", "get_internal_ipv6_networks", "get_nat_source");
  serves(t, "get_external_ipv4_floating_networks", "get_nat_destination", "get_default_network");
});
