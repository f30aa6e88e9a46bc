import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { writeTag } from "../../src/network/address-tags.ts";
import { api } from "../support/api.ts";
import { callTo, fault } from "../support/fake-region.ts";
import { FakeNeutron, floatingIp, port } from "./fake-neutron.ts";

const { addIpsToServer, availableFloatingIp, deleteUnattachedFloatingIps, detachIpFromServer } =
  NetworkService.method;
const reuse = { server: "server-1", ipPool: "public", reuseIps: true };
const minAge = { seconds: 0n };

/** A Neutron with two servers and addresses that are attached to nothing. */
function world(...addresses: string[]) {
  const neutron = new FakeNeutron();
  const addressesOf = { private: [{ version: 4, addr: "10.0.0.5", "OS-EXT-IPS:type": "fixed" }] };
  neutron.servers = ["server-1", "server-2"].map((id) => ({
    id,
    name: id,
    status: "ACTIVE",
    addresses: addressesOf,
  }));
  neutron.ports = [
    port("port-1", "in", "10.0.0.5"),
    { ...port("port-2", "in", "10.0.0.6"), device_id: "server-2" },
  ];
  neutron.floatingIps = addresses.map((address) => floatingIp(address, address));
  return neutron;
}

const tagsOf = (neutron: FakeNeutron) => neutron.floatingIps.flatMap(({ tags }) => tags);

/** Answers of requests of one kind wait until as many of them are under way. */
function inStep(neutron: FakeNeutron, number: number, isMeant: (request: RestRequest) => boolean) {
  const { send } = neutron;
  const together = Promise.withResolvers<void>();
  let left = number;
  neutron.send = async (request, scope) => {
    if (isMeant(request) && left > 0) {
      left--;
      const answer = await send.call(neutron, request, scope);
      if (left === 0) {
        together.resolve();
      }
      await together.promise;
      return answer;
    }
    return send.call(neutron, request, scope);
  };
}

const isTagging = ({ method, path }: RestRequest) => method === "PUT" && path.includes("/tags/");

t.test("two Oaktrees never give one address to two servers", async (t) => {
  const neutron = world("203.0.113.1");
  inStep(neutron, 2, isTagging);
  const [one, two] = await Promise.all([
    api().call(addIpsToServer, reuse, callTo(neutron)),
    api().call(addIpsToServer, { ...reuse, server: "server-2" }, callTo(neutron)),
  ]);
  const given = [one, two].map(({ floatingIps }) => floatingIps[0]);
  t.equal(new Set(given.map((each) => each?.floatingIpAddress)).size, 2);
  t.strictSame(
    given.map((each) => each?.portId),
    ["port-1", "port-2"],
  );
  t.strictSame(tagsOf(neutron), [], "and leave no tags");
});

t.test("an address that both were told to attach goes to one of them", async (t) => {
  const neutron = world("203.0.113.1");
  inStep(neutron, 2, isTagging);
  const ips = ["203.0.113.1"];
  const outcomes = await Promise.allSettled([
    api().call(addIpsToServer, { server: "server-1", ips }, callTo(neutron)),
    api().call(addIpsToServer, { server: "server-2", ips }, callTo(neutron)),
  ]);
  t.strictSame(outcomes.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  t.match(
    outcomes.find(({ status }) => status === "rejected"),
    { reason: fault("CONFLICT") },
  );
  t.equal(neutron.floatingIps.length, 1);
  t.strictSame(tagsOf(neutron), []);
});

t.test("what one Oaktree gave out no other gives out, reuses or reaps", async (t) => {
  const neutron = world("203.0.113.1");
  const first = await api().call(availableFloatingIp, {}, callTo(neutron));
  t.match(first.floatingIp, { id: "203.0.113.1", tags: [] });
  const other = api();
  t.match(await other.call(availableFloatingIp, {}, callTo(neutron)), { isNew: true });
  const before = neutron.floatingIps.length;
  t.match(await other.call(deleteUnattachedFloatingIps, { minAge }, callTo(neutron)), { deleted: [] });
  t.equal(neutron.floatingIps.length, before);
  const { floatingIps } = await other.call(addIpsToServer, reuse, callTo(neutron));
  t.not(floatingIps[0]?.id, "203.0.113.1");
});

t.test("who was given an address attaches it by any Oaktree, and its marks go", async (t) => {
  const neutron = world("203.0.113.1");
  await api().call(availableFloatingIp, {}, callTo(neutron));
  const ips = ["203.0.113.1"];
  const attached = await api().call(addIpsToServer, { server: "server-1", ips }, callTo(neutron));
  t.match(attached.floatingIps, [{ portId: "port-1" }]);
  t.strictSame(tagsOf(neutron), []);
  const off = { server: "server-1", floatingIp: "203.0.113.1" };
  t.match(await api().call(detachIpFromServer, off, callTo(neutron)), { wasAttached: true });
});

t.test("one at work keeps the reaper off", async (t) => {
  const neutron = world("203.0.113.1", "203.0.113.2");
  (neutron.floatingIps[0] ?? {}).tags = [writeTag("claim", Date.now() + 60_000)];
  const { deleted } = await api().call(deleteUnattachedFloatingIps, { minAge }, callTo(neutron));
  t.strictSame(
    deleted.map(({ id }) => id),
    ["203.0.113.2"],
  );
});

t.test("marks that were left by one who died end by themselves, and are cleared away", async (t) => {
  const neutron = world("203.0.113.1");
  (neutron.floatingIps[0] ?? {}).tags = ["web", writeTag("claim", Date.now() - 120_000)];
  const { floatingIps } = await api().call(addIpsToServer, reuse, callTo(neutron));
  t.match(floatingIps, [{ id: "203.0.113.1", tags: ["web"] }]);
  t.strictSame(tagsOf(neutron), ["web"]);
});

t.test("a caller who goes away in between leaves no marks", async (t) => {
  const neutron = world("203.0.113.1");
  const controller = new AbortController();
  neutron.before = ({ method, path }) => {
    if (method === "PUT" && !path.includes("/tags/")) {
      controller.abort(new Fault("CANCELLED", "gone"));
      return new Fault("CANCELLED", "gone");
    }
    return undefined;
  };
  const call = { ...callTo(neutron), signal: controller.signal };
  await t.rejects(api().call(addIpsToServer, reuse, call), fault("CANCELLED"));
  t.strictSame(tagsOf(neutron), []);
});

t.test("an address that is deleted while it is marked is gone, whatever Neutron says", async (t) => {
  const neutron = world("203.0.113.1");
  let isBroken = true;
  neutron.before = (request) => {
    if (!isTagging(request) || !isBroken) {
      return undefined;
    }
    isBroken = false;
    neutron.floatingIps = [];
    return new Fault("UPSTREAM_ERROR", "Request Failed: internal server error");
  };
  t.match(await api().call(availableFloatingIp, {}, callTo(neutron)), { isNew: true });
  neutron.before = (request) => (isTagging(request) ? new Fault("UPSTREAM_ERROR", "500") : undefined);
  await t.rejects(api().call(availableFloatingIp, {}, callTo(neutron)), fault("UPSTREAM_ERROR"));
});

t.test("a mark is written again where Neutron fails, since Neutron does not repeat it", async (t) => {
  const neutron = world("203.0.113.1");
  await api().call(availableFloatingIp, {}, callTo(neutron));
  t.match(neutron.requests.filter(isTagging), [{ repeatsErrors: true }]);
});

t.test("a Neutron without tags is served as well, within one Oaktree", async (t) => {
  const neutron = world("203.0.113.1");
  delete neutron.floatingIps[0]?.tags;
  const { call } = api();
  await call(availableFloatingIp, {}, callTo(neutron));
  t.match(await call(deleteUnattachedFloatingIps, { minAge }, callTo(neutron)), { deleted: [] });
  const ips = ["203.0.113.1"];
  const attached = await call(addIpsToServer, { server: "server-1", ips }, callTo(neutron));
  t.match(attached.floatingIps, [{ portId: "port-1" }]);
  t.equal(neutron.requests.filter(isTagging).length, 1, "and is not asked to tag again");
});
