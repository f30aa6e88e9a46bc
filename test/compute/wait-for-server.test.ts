import { create } from "@bufbuild/protobuf";
import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import type { JsonObject } from "../../src/cloud/json.ts";
import type { Call } from "../../src/cloud/region.ts";
import {
  ComputeService,
  OnFailure,
  ServerStatus,
  WaitForServerRequestSchema,
  type WaitForServerResponse,
} from "../../src/gen/oaktree/v1/compute_pb.js";
import type { ServerStreamHandler } from "../../src/rest/handler.ts";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault, notFound } from "../support/fake-region.ts";

const ids = Array.from({ length: 20 }, (_, index) => `066acb70-61a8-429e-9bb2-f28de8c3d2${index + 10}`);
const [id = ""] = ids;
const compute = { polls: { minIntervalMs: 1, maxIntervalMs: 1 } };

/** A Nova whose servers are what the test says at each poll. */
class Nova extends FakeRegion {
  servers = new Map<string, JsonObject>(ids.map((one) => [one, { id: one, name: "web", status: "BUILD" }]));
  lists = 0;
  onList: (count: number) => void = () => {};

  constructor() {
    super(({ path, query }) => {
      if (path === "/servers/detail") {
        this.onList(++this.lists);
        // changes-since also lists what was deleted, and nothing that did not change.
        return { headers: { date: new Date().toUTCString() }, body: { servers: [...this.servers.values()] } };
      }
      if (path === "/ports") {
        return { ports: [] };
      }
      const server = this.servers.get(path.slice("/servers/".length));
      const isGone = server === undefined || server.status === "DELETED";
      return isGone || query === undefined ? notFound() : { server };
    });
  }

  override send: FakeRegion["send"] = (request, scope) =>
    FakeRegion.prototype.send.call(this, { query: {}, ...request }, scope);

  set(status: string, more: JsonObject = {}, one = id) {
    this.servers.set(one, { id: one, name: "web", status, ...more });
  }
}

async function follow(
  oaktree: ReturnType<typeof api>,
  call: Call,
  nameOrId = id,
  status = ServerStatus.UNSPECIFIED,
) {
  const handler = oaktree.handlers.get("oaktree.v1.ComputeService.WaitForServer") as ServerStreamHandler;
  const seen: WaitForServerResponse[] = [];
  for await (const response of handler(create(WaitForServerRequestSchema, { nameOrId, status }), call)) {
    seen.push(response as WaitForServerResponse);
  }
  return seen;
}

t.test("shows the state now, then changes, and ends when it is reached", async (t) => {
  const nova = new Nova();
  nova.onList = (count) => {
    if (count === 2) nova.set("BUILD", { "OS-EXT-STS:task_state": "spawning" });
    if (count === 4) nova.set("ACTIVE");
  };
  const seen = await follow(api({ compute }), callTo(nova));
  t.strictSame(
    seen.map(({ server, done }) => [server?.statusText, server?.taskState, done]),
    [
      ["BUILD", "", false],
      ["BUILD", "spawning", false],
      ["ACTIVE", "", true],
    ],
  );
});

t.test("a server that is there already needs no poll", async (t) => {
  const nova = new Nova();
  nova.set("ACTIVE");
  t.match(await follow(api({ compute }), callTo(nova)), [{ done: true }]);
  t.equal(nova.lists, 0);
});

t.test("ERROR ends it at once with Nova's words", async (t) => {
  const nova = new Nova();
  nova.onList = (count) => {
    if (count === 2) nova.set("ERROR", { fault: { code: 500, message: "No valid host was found." } });
  };
  const wait = follow(api({ compute }), callTo(nova));
  await t.rejects(wait, {
    ...fault("SERVER_FAULT", { resourceId: id, faultCode: "500" }),
    message: /No valid host was found/,
  });
});

/** The server fails at the first poll; answers the fault's metadata, and whether Nova was told to delete it. */
async function afterFailure(nova: Nova, raw: JsonObject, onFailure: OnFailure, deleted?: Fault) {
  const { send } = nova;
  nova.set("BUILD", raw);
  nova.onList = () => nova.set("ERROR", { fault: { code: 500, message: "no room" }, ...raw });
  let isDeleted = false;
  nova.send = (request, scope) => {
    if (request.method !== "DELETE") {
      return send(request, scope);
    }
    isDeleted = request.path === `/servers/${id}`;
    return deleted === undefined
      ? Promise.resolve({ status: 204, headers: {}, body: undefined, bytes: 0 })
      : Promise.reject(deleted);
  };
  const { waitForServerStatus } = ComputeService.method;
  const wait = api({ compute }).call(waitForServerStatus, { nameOrId: id, onFailure }, callTo(nova));
  const error = await wait.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const metadata = error instanceof Fault ? error.metadata : undefined;
  return { message: String(error), said: metadata?.deleted, isDeleted };
}

t.test("of a server that never came up nothing stays, unless it is to be kept", async (t) => {
  const never = { "OS-SRV-USG:launched_at": null };
  const once = { "OS-SRV-USG:launched_at": "2026-11-26T00:00:00.000000" };
  const gone = { said: "true", isDeleted: true, message: /no room/ };
  const kept = { said: "false", isDeleted: false, message: /no room/ };
  t.match(await afterFailure(new Nova(), never, OnFailure.UNSPECIFIED), gone);
  t.match(await afterFailure(new Nova(), never, OnFailure.KEEP), kept);
  t.match(await afterFailure(new Nova(), never, OnFailure.DELETE), gone);
  t.match(
    await afterFailure(new Nova(), once, OnFailure.UNSPECIFIED),
    kept,
    "it may hold what its owner has",
  );
  t.match(await afterFailure(new Nova(), {}, OnFailure.UNSPECIFIED), kept, "a cloud that does not tell");
  t.match(await afterFailure(new Nova(), once, OnFailure.DELETE), gone);
  const forbidden = new Fault("FORBIDDEN", "not yours");
  const said = { said: "false", isDeleted: true, message: /no room/ };
  t.match(
    await afterFailure(new Nova(), never, OnFailure.DELETE, forbidden),
    said,
    "and not for want of rights",
  );
});

t.test("a server that has no address is told of", async (t) => {
  const nova = new Nova();
  nova.set("ACTIVE");
  const ask = () =>
    api({ compute }).call(ComputeService.method.waitForServerStatus, { nameOrId: id }, callTo(nova));
  t.match(await ask(), { hasNoAddress: true });
  t.match(await follow(api({ compute }), callTo(nova)), [{ done: true, hasNoAddress: true }]);
  nova.set("ACTIVE", { addresses: { private: [{ addr: "10.10.0.5", version: 4 }] } });
  t.match(await ask(), { hasNoAddress: false });
});

t.test("a fault that the list leaves out is asked for", async (t) => {
  const nova = new Nova();
  const faulty = {
    id,
    name: "web",
    status: "ERROR",
    fault: { code: 500, message: "No valid host was found." },
  };
  const { send } = nova;
  nova.send = (request, scope) =>
    request.path === `/servers/${id}` && nova.lists > 0
      ? Promise.resolve({ status: 200, headers: {}, body: { server: faulty }, bytes: 0 })
      : send(request, scope);
  nova.onList = () => nova.set("ERROR");
  await t.rejects(follow(api({ compute }), callTo(nova)), {
    ...fault("SERVER_FAULT"),
    message: /No valid host was found/,
  });
});

t.test("a server that goes away ends it, well or badly", async (t) => {
  const nova = new Nova();
  nova.onList = () => nova.set("DELETED");
  await t.rejects(follow(api({ compute }), callTo(nova)), fault("SERVER_DELETED", { resourceId: id }));
  nova.set("BUILD");
  const seen = await follow(api({ compute }), callTo(nova), id, ServerStatus.DELETED);
  t.match(seen.at(-1), { done: true, server: { id, status: ServerStatus.DELETED } });
  nova.servers.delete(id);
  t.match(await follow(api({ compute }), callTo(nova), id, ServerStatus.DELETED), [
    { done: true, server: undefined },
  ]);
});

t.test("a server that Nova calls DELETED and still has is not gone yet", async (t) => {
  const nova = new Nova();
  const { send } = nova;
  nova.onList = () => nova.set("DELETED");
  let asked = 0;
  nova.send = async (request, scope) => {
    const isLook = request.method === "GET" && request.path === `/servers/${id}` && nova.lists > 0;
    if (isLook && ++asked < 3) {
      return { status: 200, headers: {}, body: { server: { id, status: "DELETED" } }, bytes: 0 };
    }
    return send(request, scope);
  };
  const seen = await follow(api({ compute }), callTo(nova), id, ServerStatus.DELETED);
  t.match(seen.at(-1), { done: true, server: { id } });
  t.equal(asked, 3, "it is asked for until it is not there");
});

t.test("twenty waits cost one list call an interval", async (t) => {
  const nova = new Nova();
  const oaktree = api({ compute });
  nova.onList = (count) => {
    if (count === 10) for (const one of ids) nova.set("ACTIVE", {}, one);
  };
  const before = nova.requests.length;
  const all = await Promise.all(ids.map((one) => follow(oaktree, callTo(nova), one)));
  t.ok(all.every((seen) => seen.at(-1)?.done === true));
  t.ok(nova.lists <= 12, `${nova.lists} lists`);
  t.equal(nova.requests.length - before - nova.lists, ids.length, "besides one look at each server at first");
});

t.test("polls ask for changes since the poll before, by the cloud's clock", async (t) => {
  const nova = new Nova();
  nova.onList = (count) => {
    if (count === 3) nova.set("ACTIVE");
  };
  await follow(api({ compute }), callTo(nova));
  const since = nova.requests
    .filter(({ path }) => path === "/servers/detail")
    .map(({ query }) => query?.["changes-since"]);
  t.equal(since[0], undefined);
  t.ok(Date.now() - Date.parse(String(since[1])) >= 4000, "with an overlap");
});

t.test("a poll that fails for a while does not end the wait, one without rights does", async (t) => {
  const nova = new Nova();
  const send = nova.send;
  let outcome: Fault | undefined = new Fault("UPSTREAM_UNAVAILABLE", "503");
  nova.send = (request, scope) =>
    request.path === "/servers/detail" && outcome !== undefined
      ? Promise.reject(outcome)
      : send(request, scope);
  const oaktree = api({ compute });
  const wait = follow(oaktree, callTo(nova));
  setImmediate(() => {
    nova.set("ACTIVE");
    outcome = undefined;
  });
  t.match((await wait).at(-1), { done: true });
  nova.set("BUILD");
  outcome = new Fault("CREDENTIAL_INVALID", "401");
  await t.rejects(follow(oaktree, callTo(nova)), fault("CREDENTIAL_INVALID"));
});

t.test("a caller who goes away ends its wait, and the poll with the last one", async (t) => {
  const nova = new Nova();
  const controller = new AbortController();
  nova.onList = (count) => {
    if (count === 3) controller.abort(new Fault("CANCELLED", "gone"));
  };
  await t.rejects(
    follow(api({ compute }), { ...callTo(nova), signal: controller.signal }),
    fault("CANCELLED"),
  );
  const { lists } = nova;
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  t.ok(nova.lists <= lists + 1);
});

t.test("the unary form gives the last state", async (t) => {
  const nova = new Nova();
  nova.onList = () => nova.set("ACTIVE", { addresses: { private: [{ addr: "10.10.0.5", version: 4 }] } });
  const { server } = await api({ compute }).call(
    ComputeService.method.waitForServerStatus,
    { nameOrId: id },
    callTo(nova),
  );
  t.match(server, { statusText: "ACTIVE", privateV4: "10.10.0.5", interfaceIp: "10.10.0.5" });
});
