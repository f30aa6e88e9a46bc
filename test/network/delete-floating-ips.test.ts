import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { api } from "../support/api.ts";
import { callTo, fault } from "../support/fake-region.ts";
import { FakeNeutron, floatingIp } from "./fake-neutron.ts";

const { availableFloatingIp, deleteFloatingIp, deleteUnattachedFloatingIps } = NetworkService.method;
const times = { network: { deletePauseMs: 1 } };

function deletions(neutron: FakeNeutron): string[] {
  return neutron.log.filter((line) => line.startsWith("DELETE") && !line.includes("/tags/"));
}

t.test("a cloud that answers before it deletes is asked again", async (t) => {
  const neutron = new FakeNeutron();
  neutron.floatingIps = [floatingIp("one", "203.0.113.1")];
  let idle = 1;
  neutron.before = ({ method }: RestRequest) =>
    method === "DELETE" && idle-- > 0 ? { status: 204, headers: {} } : undefined;
  await api(times).call(deleteFloatingIp, { nameOrId: "203.0.113.1" }, callTo(neutron));
  t.strictSame(deletions(neutron), ["DELETE /floatingips/one", "DELETE /floatingips/one"]);
  t.strictSame(neutron.floatingIps, []);
});

t.test("a cloud that never deletes is told on", async (t) => {
  const neutron = new FakeNeutron();
  neutron.floatingIps = [floatingIp("one", "203.0.113.1")];
  neutron.before = ({ method }: RestRequest) =>
    method === "DELETE" ? { status: 204, headers: {} } : undefined;
  await t.rejects(
    api(times).call(deleteFloatingIp, { nameOrId: "203.0.113.1" }, callTo(neutron)),
    fault("UPSTREAM_ERROR", { resourceId: "one" }),
  );
  t.equal(deletions(neutron).length, 3);
});

t.test("what is not there is an error, unless it may be missing", async (t) => {
  const neutron = new FakeNeutron();
  await t.rejects(
    api().call(deleteFloatingIp, { nameOrId: "203.0.113.1" }, callTo(neutron)),
    fault("NOT_FOUND"),
  );
  await api().call(deleteFloatingIp, { nameOrId: "203.0.113.1", allowMissing: true }, callTo(neutron));
  t.strictSame(deletions(neutron), []);
});

t.test("only the project's own, old, unattached ones that nobody was given are reaped", async (t) => {
  const neutron = new FakeNeutron();
  neutron.floatingIps = [
    floatingIp("given", "203.0.113.1", { created_at: "2026-11-24T00:00:00Z" }),
    floatingIp("old", "203.0.113.2"),
    floatingIp("young", "203.0.113.3", { created_at: new Date().toISOString() }),
    floatingIp("used", "203.0.113.4", { port_id: "port-1" }),
    floatingIp("foreign", "203.0.113.5", { project_id: "another" }),
    floatingIp("ageless", "203.0.113.6", { created_at: null }),
  ];
  const { call } = api();
  t.match(await call(availableFloatingIp, {}, callTo(neutron)), { floatingIp: { id: "given" } });
  const plan = await call(deleteUnattachedFloatingIps, { dryRun: true }, callTo(neutron));
  t.match(plan.deleted, [{ id: "old" }]);
  t.equal(plan.deleted.length, 1);
  t.strictSame(deletions(neutron), []);
  const done = await call(deleteUnattachedFloatingIps, {}, callTo(neutron));
  t.strictSame(done.deleted, plan.deleted);
  t.strictSame(deletions(neutron), ["DELETE /floatingips/old"]);
  const all = await call(deleteUnattachedFloatingIps, { minAge: { seconds: 0n } }, callTo(neutron));
  t.strictSame(
    all.deleted.map(({ id }) => id),
    ["young", "ageless"],
  );
});

t.test("one that was attached since the list is left alone", async (t) => {
  const neutron = new FakeNeutron();
  neutron.floatingIps = [floatingIp("one", "203.0.113.1")];
  neutron.before = ({ path }: RestRequest) =>
    path === "/floatingips/one"
      ? { floatingip: floatingIp("one", "203.0.113.1", { port_id: "port-1" }) }
      : undefined;
  t.match(await api().call(deleteUnattachedFloatingIps, {}, callTo(neutron)), { deleted: [], failed: [] });
  t.strictSame(deletions(neutron), []);
});

t.test("one that cannot be deleted is named, and the others go", async (t) => {
  const neutron = new FakeNeutron();
  neutron.floatingIps = [floatingIp("one", "203.0.113.1"), floatingIp("two", "203.0.113.2")];
  neutron.before = ({ method, path }: RestRequest) =>
    method === "DELETE" && path === "/floatingips/one"
      ? new Fault("FORBIDDEN", "rule:delete_floatingip is disallowed by policy")
      : undefined;
  t.match(await api().call(deleteUnattachedFloatingIps, {}, callTo(neutron)), {
    deleted: [{ id: "two" }],
    failed: [{ floatingIp: { id: "one" }, reason: "FORBIDDEN", message: /disallowed/ }],
  });
});
