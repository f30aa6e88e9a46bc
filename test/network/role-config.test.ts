import t from "tap";
import type { JsonValue } from "../../src/cloud/json.ts";
import { networkConfig } from "../../src/network/role-config.ts";
import { fault } from "../support/fake-region.ts";

function config(settings: Record<string, JsonValue>) {
  return networkConfig({ cloud: "c", name: "r", settings });
}

t.test("a cloud that says nothing has floating IPs of Neutron", async (t) => {
  t.strictSame(config({}), {
    networks: [],
    floatingIps: "neutron",
    isPrivate: false,
    forceIpv4: false,
    usesExternal: true,
    usesInternal: true,
  });
});

t.test("floating_ip_source is read in any case", async (t) => {
  for (const none of ["None", "none", "", null]) {
    t.equal(config({ floating_ip_source: none }).floatingIps, "none");
  }
  t.equal(config({ floating_ip_source: "Neutron" }).floatingIps, "neutron");
  t.equal(config({ floating_ip_source: "NOVA" }).floatingIps, "nova");
  t.throws(() => config({ floating_ip_source: "quantum" }), fault("CLOUD_MISCONFIGURED"));
});

t.test("networks route each version of IP as they say", async (t) => {
  t.match(config({ networks: [{ name: "a", routes_externally: true, routes_ipv6_externally: false }] }), {
    networks: [{ name: "a", externalV4: true, externalV6: false, natSource: false }],
  });
  t.match(config({ networks: [{ name: "a", nat_source: "True" }] }), { networks: [{ natSource: true }] });
});

t.test("the old keys of shade are entries", async (t) => {
  t.match(config({ external_network: "out", internal_network: "in" }).networks, [
    { name: "out", externalV4: true, externalV6: true, defaultInterface: true, natDestination: false },
    { name: "in", externalV4: false, natDestination: true },
  ]);
});

t.test("mistakes are named", async (t) => {
  const two = (role: string) => [
    { name: "a", [role]: true },
    { name: "b", [role]: true },
  ];
  for (const settings of [
    { networks: "a" },
    { networks: [{ routes_externally: true }] },
    { networks: [{ name: "a", nat_source: "perhaps" }] },
    { networks: two("nat_source") },
    { networks: two("nat_destination") },
    { networks: two("default_interface") },
    { networks: [{ name: "a" }], external_network: "b" },
    { private: 7 },
  ]) {
    t.throws(() => config(settings), fault("CLOUD_MISCONFIGURED", { cloud: "c" }), JSON.stringify(settings));
  }
});
