import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import type { JsonObject } from "../../src/cloud/json.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { FakeNeutron, floatingIp, port } from "../network/fake-neutron.ts";
import { api } from "../support/api.ts";
import { callTo } from "../support/fake-region.ts";

const { getServer, listServers } = ComputeService.method;

function server(id: string, address: string, more: JsonObject = {}): JsonObject {
  return {
    id,
    name: id,
    status: "ACTIVE",
    addresses: {
      private: [
        { version: 4, addr: address, "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": "mac of port-1" },
      ],
    },
    ...more,
  };
}

const attached = floatingIp("fip", "203.0.113.7", {
  port_id: "port-1",
  fixed_ip_address: "10.0.0.5",
  port_details: { device_id: "server-1", mac_address: "mac of port-1" },
});

t.test("floating IPs that only Neutron knows are added, by one list for all servers", async (t) => {
  const neutron = new FakeNeutron();
  neutron.servers = [
    server("server-1", "10.0.0.5"),
    server("server-2", "10.0.0.6"),
    server("server-3", "10.0.0.7"),
  ];
  neutron.floatingIps = [attached, floatingIp("free", "203.0.113.8")];
  const { call } = api();
  const { servers } = await call(listServers, {}, callTo(neutron));
  t.match(servers, [
    { publicV4: "203.0.113.7", privateV4: "10.0.0.5", interfaceIp: "203.0.113.7" },
    { publicV4: "", privateV4: "10.0.0.6" },
    { publicV4: "", privateV4: "10.0.0.7" },
  ]);
  t.match(servers[0]?.addresses[1], {
    network: "private",
    address: "203.0.113.7",
    type: "floating",
    macAddress: "mac of port-1",
  });
  t.equal(neutron.log.filter((line) => line.startsWith("GET /floatingips")).length, 1);
  const again = await call(getServer, { nameOrId: "server-1" }, callTo(neutron));
  t.equal(again.server?.publicV4, "203.0.113.7");
  t.equal(neutron.log.filter((line) => line.startsWith("GET /floatingips")).length, 1);
  t.equal(neutron.log.filter((line) => line.startsWith("GET /networks")).length, 1);
});

t.test("clouds that do not tell the port's details are asked for the ports", async (t) => {
  const neutron = new FakeNeutron();
  neutron.servers = [server("server-1", "10.0.0.5")];
  neutron.ports = [port("port-1", "in", "10.0.0.5")];
  const { port_details: _, ...plain } = attached;
  neutron.floatingIps = [plain];
  const answer = await api().call(getServer, { nameOrId: "server-1" }, callTo(neutron));
  t.equal(answer.server?.publicV4, "203.0.113.7");
});

t.test("an address that Nova lists without its type is known by Neutron's list", async (t) => {
  const neutron = new FakeNeutron();
  const addresses = {
    private: [
      { version: 4, addr: "10.0.0.5" },
      { version: 4, addr: "203.0.113.7" },
    ],
  };
  neutron.servers = [server("server-1", "", { addresses })];
  neutron.floatingIps = [attached];
  const answer = await api().call(getServer, { nameOrId: "server-1" }, callTo(neutron));
  t.match(answer.server?.addresses, [{ type: "" }, { address: "203.0.113.7", type: "floating" }]);
  t.match(answer.server, { publicV4: "203.0.113.7", privateV4: "10.0.0.5" });
});

t.test("servers that Nova tells the floating IP of cost no list", async (t) => {
  const neutron = new FakeNeutron();
  const addresses = {
    private: [
      { version: 4, addr: "10.0.0.5", "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": "m" },
      { version: 4, addr: "203.0.113.7", "OS-EXT-IPS:type": "floating", "OS-EXT-IPS-MAC:mac_addr": "m" },
    ],
  };
  neutron.servers = [server("server-1", "", { addresses })];
  const answer = await api().call(getServer, { nameOrId: "server-1" }, callTo(neutron));
  t.match(answer.server, { publicV4: "203.0.113.7", privateV4: "10.0.0.5" });
  t.notOk(neutron.log.some((line) => line.startsWith("GET /floatingips")));
});

t.test("a broken Neutron makes no server unlistable", async (t) => {
  const neutron = new FakeNeutron();
  neutron.servers = [server("server-1", "10.0.0.5")];
  neutron.before = ({ service }: RestRequest) =>
    service === "network" ? new Fault("UPSTREAM_ERROR", "broken") : undefined;
  const { servers } = await api().call(listServers, {}, callTo(neutron));
  t.match(servers, [{ privateV4: "10.0.0.5", interfaceIp: "10.0.0.5" }]);
});

t.test("a cloud without floating IPs is not asked for any", async (t) => {
  const neutron = new FakeNeutron({ floating_ip_source: "None" });
  neutron.servers = [server("server-1", "10.0.0.5")];
  neutron.floatingIps = [attached];
  const { servers } = await api().call(listServers, {}, callTo(neutron));
  t.match(servers, [{ publicV4: "" }]);
  t.notOk(neutron.log.some((line) => line.startsWith("GET /floatingips")));
});
