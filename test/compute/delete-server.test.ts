import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import type { JsonObject } from "../../src/cloud/json.ts";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault, notFound } from "../support/fake-region.ts";

const id = "066acb70-61a8-429e-9bb2-f28de8c3d281";
const polls = { minIntervalMs: 1, maxIntervalMs: 1 };
const deleting = { id, name: "web", status: "ACTIVE", "OS-EXT-STS:task_state": "deleting" };

/** A Nova with one server, which after its deletion is in turn what `lists` say, then gone. */
function cloud(lists: readonly JsonObject[], atLast?: JsonObject) {
  let left: JsonObject[] | undefined;
  const region = new FakeRegion(({ method, path }) => {
    if (method === "DELETE") {
      left = [...lists];
      return undefined;
    }
    if (path === "/servers/detail") {
      const server = left === undefined ? { id, name: "web", status: "ACTIVE" } : (left.shift() ?? atLast);
      return {
        headers: { date: new Date().toUTCString() },
        body: { servers: server === undefined ? [{ id, status: "DELETED" }] : [server] },
      };
    }
    return path !== `/servers/${id}` ? notFound() : left === undefined ? { server: { id } } : again(atLast);
  });
  return region;
}

const again = (server: JsonObject | undefined) => (server === undefined ? notFound() : { server });

function remove(region: FakeRegion, request: object = {}) {
  const method = ComputeService.method.deleteServer;
  return api({ compute: { polls } }).call(method, { nameOrId: id, wait: true, ...request }, callTo(region));
}

const polled = (region: FakeRegion) =>
  region.requests.filter(({ path }) => path === "/servers/detail").length;

t.test("waits until the server is gone, only when asked", async (t) => {
  const region = cloud([deleting, deleting]);
  await remove(region);
  t.equal(polled(region), 3);
  const other = cloud([deleting, deleting]);
  await remove(other, { wait: false });
  t.equal(polled(other), 0);
});

t.test("a server that goes to ERROR instead ends the wait with Nova's words", async (t) => {
  const broken = { id, status: "ERROR", fault: { message: "libvirt hangs" } };
  await t.rejects(remove(cloud([deleting], broken)), {
    ...fault("SERVER_FAULT", { resourceId: id }),
    message: /libvirt hangs/,
  });
});

t.test("a server in ERROR that is being deleted is waited for", async (t) => {
  const region = cloud([{ ...deleting, status: "ERROR" }]);
  await remove(region);
  t.equal(polled(region), 2);
});

t.test("what a poll saw before the deletion is asked for again", async (t) => {
  const region = cloud([{ id, status: "ERROR" }]);
  await remove(region);
  t.match(region.log.at(-1), `GET /servers/${id}`);
});

t.test("a server that is being built goes with its notes, which Nova keeps then", async (t) => {
  const region = cloud([]);
  const { send } = region;
  const note = `/servers/${id}/metadata/oaktree%3Aauto_ip`;
  region.send = async (request, scope) => {
    if (request.path === note) {
      region.requests.push(request);
      throw new Fault("CONFLICT", "Cannot 'delete metadata' instance while it is in vm_state building");
    }
    if (request.path === "/ports") {
      return { status: 200, headers: {}, body: { ports: [] }, bytes: 0 };
    }
    const answer = await send.call(region, request, scope);
    const server = { id, name: "web", status: "BUILD", metadata: { "oaktree:auto_ip": "{}" } };
    return request.method === "GET" && !region.log.includes(`DELETE /servers/${id}`)
      ? { ...answer, body: { server } }
      : answer;
  };
  await remove(region, { deleteIps: true });
  t.ok(region.log.includes(`DELETE ${note}`));
  t.ok(region.log.includes(`DELETE /servers/${id}`));
});

t.test("a wait that fails names the server", async (t) => {
  const region = cloud([deleting]);
  const { send } = region;
  region.send = (request, scope) =>
    request.path === "/servers/detail"
      ? Promise.reject(new Fault("CREDENTIAL_INVALID", "401"))
      : send.call(region, request, scope);
  await t.rejects(remove(region), fault("CREDENTIAL_INVALID", { resourceId: id }));
});
