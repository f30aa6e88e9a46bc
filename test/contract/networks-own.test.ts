import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

contract("a network and its subnet are made, changed and deleted", async (t, world) => {
  const { client, location, unique, serves } = world;
  const network = client(NetworkService);
  const name = unique("net");
  const { network: made } = await network.createNetwork({ location, name, description: "mine" });
  const nameOrId = made?.id ?? "";
  t.teardown(() => network.deleteNetwork({ location, nameOrId, allowMissing: true }));
  t.match(made, {
    name,
    description: "mine",
    isAdminStateUp: true,
    isShared: false,
    isRouterExternal: false,
    subnetIds: [],
  });
  t.match((await network.updateNetwork({ location, nameOrId: name, description: "" })).network, {
    name,
    description: "",
  });
  t.match(await failure(network.updateNetwork({ location, nameOrId, isShared: true })), {
    reason: "FORBIDDEN",
  });

  const { subnet } = await network.createSubnet({
    location,
    network: name,
    name: `${name}-subnet`,
    cidr: "10.77.0.0/24",
    dnsNameservers: ["9.9.9.9"],
    hostRoutes: [{ destination: "10.99.0.0/16", nexthop: "10.77.0.9" }],
  });
  t.match(subnet, {
    networkId: nameOrId,
    ipVersion: 4,
    cidr: "10.77.0.0/24",
    gatewayIp: "10.77.0.1",
    isDhcpEnabled: true,
    dnsNameservers: ["9.9.9.9"],
    hostRoutes: [{ destination: "10.99.0.0/16", nexthop: "10.77.0.9" }],
    allocationPools: [{ start: "10.77.0.2", end: "10.77.0.254" }],
  });
  const subnetId = subnet?.id ?? "";
  t.strictSame((await network.getSubnet({ location, nameOrId: `${name}-subnet` })).subnet, subnet);
  t.strictSame((await network.getSubnet({ location, nameOrId: subnetId })).subnet, subnet);
  t.strictSame(
    (await network.listSubnets({ location, filters: { network_id: nameOrId } })).subnets.map(({ id }) => id),
    [subnetId],
  );
  const changed = await network.updateSubnet({
    location,
    nameOrId: subnetId,
    isDhcpEnabled: false,
    clear: ["gateway_ip", "dns_nameservers", "host_routes"],
  });
  t.match(changed.subnet, { gatewayIp: "", isDhcpEnabled: false, dnsNameservers: [], hostRoutes: [] });
  t.match((await network.updateSubnet({ location, nameOrId: subnetId, gatewayIp: "10.77.0.1" })).subnet, {
    gatewayIp: "10.77.0.1",
  });
  t.match(
    await failure(
      network.updateSubnet({ location, nameOrId: subnetId, gatewayIp: "10.77.0.2", clear: ["gateway_ip"] }),
    ),
    { reason: "INVALID_REQUEST" },
  );
  t.match(await failure(network.createSubnet({ location, network: name, cidr: "10.77.0.0/25" })), {
    reason: "UPSTREAM_BAD_REQUEST",
    message: /overlaps/,
  });

  const { port } = await network.createPort({ location, network: name, name: `${name}-port` });
  const portId = port?.id ?? "";
  t.match(port, { networkId: nameOrId, fixedIps: [{ subnetId, ipAddress: /^10\.77\.0\./ }], deviceId: "" });
  t.equal(port?.securityGroupIds.length, 1);
  const bare = await network.updatePort({ location, nameOrId: portId, clear: ["security_groups"] });
  t.strictSame(bare.port?.securityGroupIds, []);
  const guarded = await network.updatePort({ location, nameOrId: portId, securityGroups: ["default"] });
  t.strictSame(guarded.port?.securityGroupIds, port?.securityGroupIds);
  t.match(await failure(network.deleteNetwork({ location, nameOrId })), { reason: "CONFLICT" });
  t.match(await failure(network.deleteSubnet({ location, nameOrId: subnetId })), { reason: "CONFLICT" });
  await network.deletePort({ location, nameOrId: portId });
  await network.deleteSubnet({ location, nameOrId: subnetId });
  await network.deleteNetwork({ location, nameOrId: name });
  t.match(await failure(network.deleteNetwork({ location, nameOrId: name })), { reason: "NOT_FOUND" });
  await network.deleteNetwork({ location, nameOrId: name, allowMissing: true });
  serves(t, "create_network", "update_network", "delete_network", "create_port", "update_port");
  serves(t, "create_subnet", "update_subnet", "delete_subnet", "list_subnets", "search_subnets");
  serves(t, "get_subnet", "get_subnet_by_id");
});

contract("a router leads from a subnet out of the cloud", async (t, world) => {
  const { client, location, unique, serves } = world;
  const network = client(NetworkService);
  const name = unique("router");
  const { network: made } = await network.createNetwork({ location, name });
  t.teardown(() => network.deleteNetwork({ location, nameOrId: made?.id ?? "", allowMissing: true }));
  const { subnet } = await network.createSubnet({ location, network: name, name, cidr: "10.78.0.0/24" });
  const { router } = await network.createRouter({ location, name, externalNetwork: "public" });
  const nameOrId = router?.id ?? "";
  t.teardown(() => network.deleteRouter({ location, nameOrId, allowMissing: true }));
  const external = (await network.getNetwork({ location, nameOrId: "public" })).network?.id ?? "";
  t.match(router, {
    name,
    externalNetworkId: external,
    isSnatEnabled: true,
    isAdminStateUp: true,
    externalFixedIps: [{ ipAddress: /^172\.24\./ }],
  });
  t.match((await network.listRouters({ location, nameOrId: name })).routers, [{ id: nameOrId }]);
  t.match((await network.getRouter({ location, nameOrId: name })).router, { id: nameOrId });

  const on = { case: "subnet" as const, value: name };
  const added = await network.addRouterInterface({ location, nameOrId: name, on });
  t.teardown(() => network.removeRouterInterface({ location, nameOrId, on }).catch(() => {}));
  t.match(added, { networkId: made?.id, subnetIds: [subnet?.id] });
  t.match((await network.getPort({ location, nameOrId: added.portId })).port, {
    deviceId: nameOrId,
    fixedIps: [{ ipAddress: "10.78.0.1" }],
  });
  t.match(await failure(network.addRouterInterface({ location, nameOrId, on })), {
    reason: "UPSTREAM_BAD_REQUEST",
  });
  t.match(await failure(network.deleteRouter({ location, nameOrId })), { reason: "CONFLICT" });
  t.match(await network.removeRouterInterface({ location, nameOrId, on }), { portId: added.portId });
  t.match(await failure(network.removeRouterInterface({ location, nameOrId, on })), { reason: "NOT_FOUND" });

  const cut = await network.updateRouter({
    location,
    nameOrId,
    description: "cut off",
    clear: ["external_network"],
  });
  t.match(cut.router, { description: "cut off", externalNetworkId: "", externalFixedIps: [] });
  const again = await network.updateRouter({ location, nameOrId, externalNetwork: "public" });
  t.equal(again.router?.externalNetworkId, external);
  t.match(await failure(network.createRouter({ location, name, externalNetwork: name })), {
    reason: "UPSTREAM_BAD_REQUEST",
  });
  await network.deleteRouter({ location, nameOrId: name });
  t.match(await failure(network.getRouter({ location, nameOrId })), { reason: "NOT_FOUND" });
  serves(t, "create_router", "update_router", "delete_router", "get_router", "list_routers");
  serves(t, "search_routers", "add_router_interface", "remove_router_interface");
});
