import t from "tap";
import { networkConfig } from "../../src/network/role-config.ts";
import { networkRoles, networksWith, type Role } from "../../src/network/roles.ts";

// As Neutron (Zed) showed them to an administrator; a plain user sees the same without `provider:*`.
const outside = {
  id: "9edf483f-dc05-45c1-82d5-06661ee48440",
  name: "public",
  "router:external": true,
  is_default: false,
  shared: false,
  created_at: "2026-11-24T01:45:20Z",
  "provider:network_type": "flat",
  "provider:physical_network": "public",
};
const inside = {
  id: "066acb70-61a8-429e-9bb2-f28de8c3d281",
  name: "private",
  "router:external": false,
  shared: false,
  created_at: "2026-11-24T01:45:21Z",
};
const vlan = {
  id: "5b0f1d2e-5c5b-4a52-8c5f-0e8f6c1a2b3c",
  name: "vlan7",
  "router:external": false,
  shared: true,
  created_at: "2026-11-24T01:00:00Z",
  "provider:network_type": "vlan",
  "provider:physical_network": "physnet1",
};
const subnets = [
  { network_id: inside.id, ip_version: 4, gateway_ip: "10.10.0.1" },
  { network_id: vlan.id, ip_version: 4, gateway_ip: "10.7.0.1" },
  { network_id: outside.id, ip_version: 4, gateway_ip: "172.24.0.1" },
];

function roles(networks: object[] | undefined, lists = [outside, inside, vlan], nets = subnets) {
  const settings = networks === undefined ? {} : { networks: networks as never };
  return networkRoles(networkConfig({ cloud: "c", name: "r", settings }), lists, nets);
}

function named(found: ReturnType<typeof roles>, role: Role): string[] {
  return networksWith(found, role).map(({ name }) => name);
}

t.test("without configuration, networks say what they are for", async (t) => {
  const found = roles(undefined);
  t.strictSame(named(found, "external-v4"), ["public"]);
  t.strictSame(named(found, "internal-v4"), ["vlan7", "private"]);
  t.strictSame(named(found, "nat-source"), ["public"]);
  t.strictSame(named(found, "nat-destination"), ["private"], "the project's own goes before shared ones");
  t.strictSame(named(found, "default-interface"), []);
  t.ok(found.all.every(({ isConfigured, reason }) => !isConfigured && reason !== ""));
});

t.test("administrators and users get the same roles, in whatever order the cloud lists", async (t) => {
  const plain = (raw: object) =>
    Object.fromEntries(Object.entries(raw).filter(([key]) => !key.startsWith("provider:"))) as never;
  t.strictSame(roles(undefined, [vlan, inside, outside].map(plain), subnets.toReversed()), roles(undefined));
});

t.test("the cloud's default external network comes first", async (t) => {
  const second = {
    ...outside,
    id: "a",
    name: "default",
    is_default: true,
    created_at: "2026-12-01T00:00:00Z",
  };
  t.strictSame(named(roles(undefined, [outside, second]), "nat-source"), ["default", "public"]);
});

t.test("a network without a gateway, or outside, is no NAT destination", async (t) => {
  const none = [{ network_id: inside.id, ip_version: 4, gateway_ip: null as never }, subnets[2] as never];
  t.strictSame(named(roles(undefined, undefined, none), "nat-destination"), []);
});

t.test("what is configured goes before what networks say, by name or by id", async (t) => {
  const found = roles([
    { name: vlan.id, routes_externally: true, nat_source: true, default_interface: true },
    { name: "private", nat_destination: true },
    { name: "public" },
  ]);
  t.strictSame(named(found, "external-v4"), ["vlan7"]);
  t.strictSame(named(found, "external-v6"), ["vlan7"]);
  t.strictSame(named(found, "nat-source"), ["vlan7"]);
  t.strictSame(named(found, "nat-destination"), ["private"]);
  t.strictSame(named(found, "default-interface"), ["vlan7"]);
  t.strictSame(found.unknown, []);
  t.ok(found.all.every(({ isConfigured }) => isConfigured));
  t.match(
    found.all.find(({ role }) => role === "nat-source")?.reason,
    `clouds.yaml: ${vlan.id} has nat_source`,
  );
});

t.test("what is configured and not there, or there twice, is told", async (t) => {
  const found = roles([{ name: "gone" }, { name: "twin", nat_destination: true }], [
    { ...inside, id: "a", name: "twin" },
    { ...inside, id: "b", name: "twin" },
  ] as never);
  t.strictSame(found.unknown, ["gone"]);
  t.strictSame(found.ambiguous, ["twin"]);
});
