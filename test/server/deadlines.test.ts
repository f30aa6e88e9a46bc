import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import t from "tap";
import type { Call } from "../../src/cloud/region.ts";
import {
  ComputeService,
  type GetFlavorRequest,
  type WaitForServerRequest,
  WaitForServerResponseSchema,
} from "../../src/gen/oaktree/v1/compute_pb.js";
import { dropEndlessTimeouts } from "../../src/rpc/timeouts.ts";
import { all, handlers, plain, start, transport, ways } from "./harness.ts";

const calls = new Map<string, Call>();
const server = await start({
  handlers: handlers({
    // Neither looks at its signal.
    "ComputeService.GetFlavor": ({ nameOrId }: GetFlavorRequest, call) => {
      calls.set(nameOrId, call);
      return new Promise(() => {});
    },
    "ComputeService.WaitForServer": async function* ({ nameOrId }: WaitForServerRequest, call: Call) {
      calls.set(nameOrId, call);
      yield create(WaitForServerResponseSchema, {});
      await new Promise(() => {});
    },
  }),
});
t.teardown(() => server.close());

t.test("a deadline ends the call for the caller and for the handler", async (t) => {
  // Ten calls have to reach their handlers in it, however busy the machine is.
  const timeoutMs = 4000;
  // Connections are open before it begins, and all code has run once.
  const clients = ways.map((way) => [way, createClient(ComputeService, transport(server.url, way))] as const);
  await Promise.all(clients.map(([, client]) => client.listFlavors({})));
  const before = Date.now();
  await Promise.all(
    clients.map(async ([way, client]) => {
      const ends = await Promise.all([
        client
          .getFlavor({ nameOrId: `${way} unary` }, { timeoutMs })
          .then(() => undefined, ConnectError.from),
        all(client.waitForServer({ nameOrId: `${way} stream` }, { timeoutMs })).then(
          () => undefined,
          ConnectError.from,
        ),
      ]);
      for (const error of ends) {
        t.equal(error?.code, Code.DeadlineExceeded, way);
      }
      for (const { deadline = 0, signal } of [
        calls.get(`${way} unary`),
        calls.get(`${way} stream`),
      ] as Call[]) {
        t.ok(deadline > before && deadline <= Date.now() + timeoutMs, "handed on");
        if (!signal.aborted) {
          await new Promise((aborted) => signal.addEventListener("abort", aborted));
        }
        t.ok(signal.aborted, "the handler is told");
      }
    }),
  );
});

t.test("a caller that does not count itself is answered when its deadline passes", async (t) => {
  const server = await start({
    handlers: handlers({ "ComputeService.GetFlavor": () => new Promise(() => {}) }),
  });
  t.teardown(() => server.close());
  const answer = await plain(server.url, "/oaktree.v1.ComputeService/GetFlavor", {
    body: '{"nameOrId":"plain"}',
    headers: { "connect-timeout-ms": "20" },
  });
  t.match(await server.line("GetFlavor"), { code: "DEADLINE_EXCEEDED", level: 40 });
  t.equal(answer.status, 504);
  t.match(answer.json(), {
    code: "deadline_exceeded",
    details: [{ debug: { reason: "DEADLINE_EXCEEDED" } }],
  });
});

t.test("a deadline that has passed already ends the call before its handler", async (t) => {
  calls.clear();
  const answer = await plain(server.url, "/oaktree.v1.ComputeService/GetFlavor", {
    body: '{"nameOrId":"plain"}',
    headers: { "connect-timeout-ms": "0" },
  });
  t.match(answer.json(), { code: "deadline_exceeded" });
  t.equal(calls.size, 0);
});

t.test("one that is further away than Node's timers reach is as good as none", async (t) => {
  for (const [name, far] of [
    ["connect-timeout-ms", "9999999999"],
    ["grpc-timeout", "99999999H"],
    ["grpc-timeout", "2147484S"],
  ] as const) {
    const headers = new Headers({ [name]: far });
    dropEndlessTimeouts(headers);
    t.notOk(headers.has(name), far);
  }
  for (const [name, near] of [
    ["connect-timeout-ms", "2147483647"],
    ["grpc-timeout", "596H"],
    ["grpc-timeout", "99999999u"],
  ] as const) {
    const headers = new Headers({ [name]: near });
    dropEndlessTimeouts(headers);
    t.equal(headers.get(name), near);
  }
  const headers = { "connect-timeout-ms": "9999999999" };
  t.equal((await plain(server.url, "/oaktree.v1.ComputeService/ListFlavors", { headers })).status, 200);
});

t.test("without one there is none", async (t) => {
  calls.clear();
  const leave = new AbortController();
  const client = createClient(ComputeService, transport(server.url, "gRPC"));
  const call = client.getFlavor({ nameOrId: "endless" }, { signal: leave.signal }).catch(() => {});
  while (!calls.has("endless")) {
    await new Promise(setImmediate);
  }
  t.equal(calls.get("endless")?.deadline, undefined);
  leave.abort();
  await call;
});
