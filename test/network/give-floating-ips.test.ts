import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import { isObject } from "../../src/cloud/json.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { api } from "../support/api.ts";
import { callTo, fault, notFound } from "../support/fake-region.ts";
import { FakeNeutron, floatingIp, port } from "./fake-neutron.ts";

const {
  addIpsToServer,
  createFloatingIp,
  availableFloatingIp,
  deleteUnattachedFloatingIps,
  detachIpFromServer,
} = NetworkService.method;
const server = "server-1";

function world(settings = {}) {
  const neutron = new FakeNeutron(settings);
  neutron.servers = [
    {
      id: server,
      name: server,
      status: "ACTIVE",
      addresses: { private: [{ version: 4, addr: "10.0.0.5", "OS-EXT-IPS:type": "fixed" }] },
    },
  ];
  return neutron;
}

function sent(neutron: FakeNeutron, method: string): unknown[] {
  return neutron.requests
    .filter((request) => request.method === method && !request.path.includes("/tags/"))
    .map(({ path, body }) => [path, isObject(body) ? body.floatingip : body]);
}

t.test("a new address is made on the port, in one step", async (t) => {
  const neutron = world();
  const answer = await api().call(addIpsToServer, { server }, callTo(neutron));
  t.match(answer.floatingIps, [{ portId: "port-1", fixedIpAddress: "10.0.0.5" }]);
  t.strictSame(sent(neutron, "POST"), [
    ["/floatingips", { floating_network_id: "out", port_id: "port-1", fixed_ip_address: "10.0.0.5" }],
  ]);
});

t.test("409 means that another caller has done it", async (t) => {
  const neutron = world();
  neutron.before = ({ method }: RestRequest) => {
    if (method !== "POST") {
      return undefined;
    }
    // What the other caller made shows only after Neutron has refused this one.
    neutron.floatingIps = [
      floatingIp("theirs", "203.0.113.9", { port_id: "port-1", fixed_ip_address: "10.0.0.5" }),
    ];
    return new Fault("CONFLICT", "that fixed IP already has a floating IP on external network out");
  };
  const answer = await api().call(createFloatingIp, { server }, callTo(neutron));
  t.match(answer, { isNew: false, floatingIp: { id: "theirs" } });
});

t.test("a refusal that leaves no address on the port is told", async (t) => {
  const neutron = world();
  neutron.before = ({ method }: RestRequest) =>
    method === "POST" ? new Fault("CONFLICT", "No more IP addresses available on network out.") : undefined;
  await t.rejects(api().call(createFloatingIp, { server }, callTo(neutron)), {
    reason: "CONFLICT",
    message: /No more IP addresses/,
  });
  neutron.before = ({ method }: RestRequest) =>
    method === "POST" ? new Fault("QUOTA_EXCEEDED", "Quota exceeded") : undefined;
  await t.rejects(api().call(createFloatingIp, { server }, callTo(neutron)), fault("QUOTA_EXCEEDED"));
});

t.test("of several networks the one that leads out is found", async (t) => {
  const neutron = world();
  neutron.ports = [port("port-0", "lonely", "10.9.0.5"), port("port-2", "other", "10.2.0.5")];
  neutron.before = ({ method, body }: RestRequest) => {
    const given = isObject(body) && isObject(body.floatingip) ? body.floatingip : {};
    return method === "POST" && given.port_id === "port-0"
      ? new Fault("NOT_FOUND", "External network out is not reachable from subnet x.")
      : undefined;
  };
  const answer = await api().call(addIpsToServer, { server }, callTo(neutron));
  t.match(answer.floatingIps, [{ portId: "port-2", fixedIpAddress: "10.2.0.5" }]);
  neutron.floatingIps = [];
  await t.rejects(
    api().call(addIpsToServer, { server, ipPool: "public", fixedIpAddress: "10.9.0.5" }, callTo(neutron)),
    { reason: "CONFLICT", message: /not reachable/ },
  );
});

t.test("nat_destination and the configuration choose the port", async (t) => {
  const neutron = world({ networks: [{ name: "other", nat_destination: true }] });
  neutron.networks = [...neutron.networks, { id: "n2", name: "other", "router:external": false }];
  neutron.ports = [port("port-1", "in", "10.0.0.5"), port("port-2", "n2", "10.2.0.5")];
  t.match((await api().call(addIpsToServer, { server }, callTo(neutron))).floatingIps, [
    { portId: "port-2" },
  ]);
  neutron.floatingIps = [];
  const asked = { server, ipPool: "public", natDestination: "private" };
  t.match((await api().call(addIpsToServer, asked, callTo(neutron))).floatingIps, [{ portId: "port-1" }]);
});

t.test("a free address of the project is reused only if asked, and no other's", async (t) => {
  const neutron = world();
  neutron.floatingIps = [
    floatingIp("foreign", "203.0.113.1", { project_id: "another" }),
    floatingIp("used", "203.0.113.2", { port_id: "elsewhere" }),
    floatingIp("free", "203.0.113.3"),
  ];
  const reused = await api().call(
    addIpsToServer,
    { server, ipPool: "public", reuseIps: true },
    callTo(neutron),
  );
  t.match(reused.floatingIps, [{ id: "free", portId: "port-1" }]);
  t.strictSame(sent(neutron, "POST"), []);
  t.match(neutron.floatingIps[0], { port_id: null });
});

t.test("what was given out is not given out again", async (t) => {
  const neutron = world();
  neutron.floatingIps = [floatingIp("one", "203.0.113.1"), floatingIp("two", "203.0.113.2")];
  const { call } = api();
  const answers = await Promise.all(
    [1, 2, 3].map(() => call(availableFloatingIp, { network: "public" }, callTo(neutron))),
  );
  t.equal(new Set(answers.map(({ floatingIp: given }) => given?.id)).size, 3);
  t.strictSame(answers.map(({ isNew }) => isNew).toSorted(), [false, false, true]);
});

t.test("a server that is reached already is left alone", async (t) => {
  const neutron = world({ private: true });
  t.strictSame((await api().call(addIpsToServer, { server }, callTo(neutron))).floatingIps, []);
  const routed = world();
  routed.servers = [{ ...routed.servers[0], id: server, accessIPv4: "198.51.100.1" }];
  t.strictSame((await api().call(addIpsToServer, { server }, callTo(routed))).floatingIps, []);
  t.strictSame([...sent(neutron, "POST"), ...sent(routed, "POST")], []);
});

t.test("an address that is elsewhere is neither taken nor taken off", async (t) => {
  const neutron = world();
  neutron.floatingIps = [floatingIp("used", "203.0.113.2", { port_id: "elsewhere" })];
  await t.rejects(
    api().call(addIpsToServer, { server, ips: ["203.0.113.2"] }, callTo(neutron)),
    fault("CONFLICT", { resourceId: "used" }),
  );
  const off = await api().call(detachIpFromServer, { server, floatingIp: "203.0.113.2" }, callTo(neutron));
  t.equal(off.wasAttached, false);
  t.strictSame(sent(neutron, "PUT"), []);
});

t.test("an address that is about to be attached is not reaped", async (t) => {
  const neutron = world();
  neutron.floatingIps = [floatingIp("mine", "203.0.113.3")];
  const { call } = api();
  const portsAsked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const slow = Object.create(neutron, {
    send: {
      value: async (request: RestRequest, scope: Parameters<FakeNeutron["send"]>[1]) => {
        if (request.path === "/ports") {
          portsAsked.resolve();
          await go.promise;
        }
        return neutron.send(request, scope);
      },
    },
  }) as FakeNeutron;
  const attached = call(addIpsToServer, { server, ips: ["203.0.113.3"] }, callTo(slow));
  await portsAsked.promise;
  const minAge = { seconds: 0n };
  const reaped = await call(deleteUnattachedFloatingIps, { minAge }, callTo(neutron));
  t.strictSame(reaped.deleted, []);
  go.resolve();
  t.match((await attached).floatingIps, [{ id: "mine", portId: "port-1" }]);
});

t.test("an address that is gone when its turn comes is missing", async (t) => {
  const neutron = world();
  neutron.floatingIps = [floatingIp("mine", "203.0.113.3")];
  neutron.before = ({ path }: RestRequest) => (path === "/floatingips/mine" ? notFound() : undefined);
  await t.rejects(
    api().call(addIpsToServer, { server, ips: ["203.0.113.3"] }, callTo(neutron)),
    fault("NOT_FOUND", { resourceId: "mine" }),
  );
});

t.test("clouds of nova-network are refused, clouds without floating IPs need none", async (t) => {
  const nova = world({ floating_ip_source: "nova" });
  const none = world({ floating_ip_source: "None" });
  for (const request of [{ server }, { server, ipPool: "public" }]) {
    await t.rejects(api().call(addIpsToServer, request, callTo(nova)), fault("UNSUPPORTED_BY_CLOUD"));
  }
  t.strictSame((await api().call(addIpsToServer, { server }, callTo(none))).floatingIps, []);
  await t.rejects(api().call(createFloatingIp, { server }, callTo(none)), fault("SERVICE_NOT_AVAILABLE"));
  t.strictSame([...sent(nova, "POST"), ...sent(none, "POST")], []);
});
