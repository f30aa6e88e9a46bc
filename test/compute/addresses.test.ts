import { create } from "@bufbuild/protobuf";
import t from "tap";
import { addressRoles, chooseAddresses } from "../../src/compute/addresses.ts";
import { ServerSchema } from "../../src/gen/oaktree/v1/compute_pb.js";
import { networkConfig } from "../../src/network/role-config.ts";
import { networkRoles } from "../../src/network/roles.ts";

type Address = [network: string, address: string, type?: string, macAddress?: string];

interface Given {
  /** Names of networks with router:external. */
  external?: string[];
  /** What clouds.yaml says. */
  settings?: Parameters<typeof networkConfig>[0]["settings"];
  accessIpv4?: string;
  accessIpv6?: string;
}

function chosen(addresses: Address[], { external = [], settings = {}, ...access }: Given = {}) {
  const config = networkConfig({ cloud: "c", name: "r", settings });
  const names = new Set([...addresses.map(([network]) => network), ...external]);
  const networks = [...names].map((name) => ({ id: name, name, "router:external": external.includes(name) }));
  const server = create(ServerSchema, {
    ...access,
    addresses: addresses.map(([network, address, type = "fixed", macAddress = "fa:16:3e:00:00:01"]) => ({
      network,
      address,
      type,
      macAddress,
      ipVersion: address.includes(":") ? 6 : 4,
    })),
  });
  return chooseAddresses(server, addressRoles(config, networkRoles(config, networks)));
}

t.test("a private network gives a private address only", async (t) => {
  t.strictSame(chosen([["private", "10.10.0.7"]], { external: ["public"] }), {
    publicV4: "",
    publicV6: "",
    privateV4: "10.10.0.7",
    interfaceIp: "10.10.0.7",
  });
});

t.test(
  "a floating IP is the public address, and the fixed one behind it stays the private one",
  async (t) => {
    const addresses: Address[] = [
      ["other", "10.9.0.3", "fixed", "fa:16:3e:00:00:02"],
      ["private", "10.10.0.7"],
      ["private", "172.24.0.9", "floating"],
    ];
    t.match(chosen(addresses), { publicV4: "172.24.0.9", privateV4: "10.10.0.7", interfaceIp: "172.24.0.9" });
  },
);

t.test("an address on an external network is public, whatever its range", async (t) => {
  t.match(chosen([["provider", "10.0.0.5"]], { external: ["provider"] }), {
    publicV4: "10.0.0.5",
    privateV4: "",
  });
});

t.test("a floating IP that comes later changes nothing that a server was known by", async (t) => {
  const before: Address[] = [
    ["provider", "203.0.113.5"],
    ["private", "10.10.0.7", "fixed", "fa:16:3e:00:00:02"],
  ];
  const after: Address[] = [...before, ["private", "172.24.0.9", "floating", "fa:16:3e:00:00:02"]];
  t.strictSame(chosen(after, { external: ["provider"] }), chosen(before, { external: ["provider"] }));
});

t.test("an address that is routed on the internet is public without further word", async (t) => {
  t.match(chosen([["net", "203.0.113.5"]]), { publicV4: "203.0.113.5", privateV4: "" });
  t.match(chosen([["net", "100.64.0.5"]]), { publicV4: "100.64.0.5" });
  t.match(chosen([["net", "172.32.0.1"]]), { publicV4: "172.32.0.1" });
  t.match(chosen([["net", "172.31.0.1"]]), { publicV4: "", privateV4: "172.31.0.1" });
});

t.test("what the owner declares goes before all", async (t) => {
  const access = { accessIpv4: "198.51.100.1", accessIpv6: "2001:db8::9" };
  t.match(chosen([["private", "10.10.0.7"]], access), {
    publicV4: "198.51.100.1",
    publicV6: "2001:db8::9",
    privateV4: "10.10.0.7",
    interfaceIp: "198.51.100.1",
  });
});

t.test("IPv6 is used where there is no public IPv4", async (t) => {
  const addresses: Address[] = [
    ["private", "10.10.0.7"],
    ["private", "fe80::7"],
    ["private", "fd00::7"],
    ["private", "2001:db8::7"],
  ];
  t.match(chosen(addresses), { publicV6: "2001:db8::7", interfaceIp: "2001:db8::7" });
  t.match(chosen(addresses, { settings: { force_ipv4: true } }), {
    publicV6: "",
    interfaceIp: "10.10.0.7",
  });
});

t.test("IPv6 of an external network goes before any other", async (t) => {
  const addresses: Address[] = [
    ["a", "2001:db8:a::7"],
    ["b", "2001:db8:b::7"],
  ];
  t.match(chosen(addresses, { external: ["b"] }), { publicV6: "2001:db8:b::7" });
});

t.test("a configured network goes before what it says of itself", async (t) => {
  const networks = [
    { name: "inside", routes_externally: false },
    { name: "outside", routes_externally: true },
  ];
  const addresses: Address[] = [
    ["inside", "203.0.113.5"],
    ["outside", "10.0.0.5"],
    ["outside", "2001:db8::5"],
  ];
  t.match(chosen(addresses, { external: ["inside"], settings: { networks } }), {
    publicV4: "10.0.0.5",
    publicV6: "2001:db8::5",
    privateV4: "203.0.113.5",
  });
});

t.test("the default interface's address is the one to use", async (t) => {
  const addresses: Address[] = [
    ["a", "203.0.113.5"],
    ["b", "10.0.0.5"],
  ];
  const settings = { networks: [{ name: "b", default_interface: true }] };
  t.match(chosen(addresses, { settings }), { publicV4: "203.0.113.5", interfaceIp: "10.0.0.5" });
});

t.test("whoever is inside uses the private address", async (t) => {
  const addresses: Address[] = [
    ["private", "10.10.0.7"],
    ["private", "172.24.0.9", "floating"],
  ];
  t.match(chosen(addresses, { settings: { private: true } }), {
    publicV4: "172.24.0.9",
    interfaceIp: "10.10.0.7",
  });
});

t.test("networks that are not used give no addresses", async (t) => {
  const addresses: Address[] = [
    ["private", "10.10.0.7"],
    ["private", "172.24.0.9", "floating"],
  ];
  t.match(chosen(addresses, { settings: { use_external_network: false } }), { publicV4: "" });
  t.match(chosen(addresses, { settings: { use_internal_network: false } }), { privateV4: "" });
});

t.test("networks without names that tell, called public and private, are taken by them", async (t) => {
  t.match(
    chosen([
      ["public", "10.0.0.9"],
      ["private", "10.1.0.9"],
    ]),
    { publicV4: "10.0.0.9", privateV4: "10.1.0.9" },
  );
});

t.test("no addresses are no error", async (t) => {
  t.strictSame(chosen([]), { publicV4: "", publicV6: "", privateV4: "", interfaceIp: "" });
});
