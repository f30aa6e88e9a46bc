// A real process that is asked to stop while callers of every kind are connected.
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import t, { type Test } from "tap";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../../src/gen/grpc/health/v1/health_pb.js";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { startSandbox } from "../../src/sandbox/start.ts";
import { token, transport, ways } from "../server/harness.ts";
import { type Run, startCommand } from "../support/command.ts";
import { temporaryFile } from "../support/temporary-file.ts";

const location = { cloud: "demo", region: "RegionOne" };

async function serve(t: Test) {
  // No server ever becomes ACTIVE, so that waits last.
  const sandbox = await startSandbox({ buildMs: 3_600_000 });
  t.teardown(() => sandbox.close());
  const clouds = await temporaryFile(t, "clouds.yaml", sandbox.cloudsYaml("demo"));
  const run = startCommand(t, ["serve", "--listen", "127.0.0.1:0", "--clouds", clouds], {
    OAKTREE_TOKEN: token,
  });
  const [, url = "", port] = await run.says(/listens on (http:\/\/127\.0\.0\.1:(\d+))/);
  return { sandbox, run, url, port: Number(port) };
}

/** Begins a plain request, and ends it when it is asked to. */
async function halfRequest(t: Test, port: number, line: string, body = ""): Promise<() => Promise<string>> {
  const socket: Socket = connect(port, "127.0.0.1");
  t.teardown(() => socket.destroy());
  await once(socket, "connect");
  await new Promise<void>((sent) => socket.write(`${line} HTTP/1.1\r\nHost: localhost\r\n`, () => sent()));
  return async () => {
    socket.write(`Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    return (await socket.setEncoding("utf8").toArray()).join("");
  };
}

async function ended(messages: AsyncIterator<unknown>): Promise<ConnectError> {
  for (;;) {
    const result = await messages.next().catch((error: unknown) => ConnectError.from(error));
    if (result instanceof ConnectError) {
      return result;
    }
    if (result.done) {
      throw new Error("the stream ended well");
    }
  }
}

async function exit(run: Run): Promise<{ code: number | null; ms: number }> {
  const from = performance.now();
  run.child.kill("SIGTERM");
  const code = await run.code;
  return { code, ms: performance.now() - from };
}

t.test("what is open ends in good order, and the process within ten seconds", async (t) => {
  const { sandbox, run, url, port } = await serve(t);
  const gRPC = createClient(ComputeService, transport(url, "gRPC"));
  const { server } = await gRPC.createServer({
    location,
    name: "never",
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
  });
  const waits = await Promise.all(
    ways.map(async (way) => {
      const client = createClient(ComputeService, transport(url, way));
      const wait = client.waitForServer({ location, nameOrId: server?.id ?? "" })[Symbol.asyncIterator]();
      await wait.next();
      return wait;
    }),
  );
  const watch = createClient(Health, transport(url, "gRPC")).watch({})[Symbol.asyncIterator]();
  t.equal((await watch.next()).value?.status, Status.SERVING);
  const session = connectHttp2(url);
  session.on("error", () => {});
  session.request({ ":path": "/livez" }).resume();
  const goaway = once(session, "goaway");
  const ready = await halfRequest(t, port, "GET /readyz");
  const check = await halfRequest(t, port, "POST /grpc.health.v1.Health/Check", "{}");

  const mayAnswer = Promise.withResolvers<void>();
  sandbox.faults.next({ service: "compute", path: /flavors/ }, { kind: "delay", until: mayAnswer.promise });
  const unary = gRPC.listFlavors({ location });
  unary.catch(() => {});
  while (sandbox.faults.pending > 0) {
    await new Promise(setImmediate);
  }

  const stopped = exit(run);
  await run.says(/SIGTERM: stopping/);
  t.equal((await watch.next()).value?.status, Status.NOT_SERVING);
  t.equal((await ended(watch)).code, Code.Unavailable, "the watch of the health");
  for (const [index, wait] of waits.entries()) {
    t.equal((await ended(wait)).code, Code.Unavailable, `a wait by ${ways[index]}`);
  }
  t.equal((await goaway)[0], 0, "GOAWAY with NO_ERROR");
  t.match(await ready(), /^HTTP\/1\.1 503 .*stopping/s, "not ready");
  t.match(await check(), "NOT_SERVING");
  await t.rejects(fetch(`${url}/livez`), "nobody listens");
  t.equal(run.child.exitCode, null, "it waits for the call that runs");
  mayAnswer.resolve();
  t.ok((await unary).flavors.length > 0, "which is finished");
  const { code, ms } = await stopped;
  t.equal(code, 0);
  t.ok(ms < 10_000, `${Math.round(ms)} ms`);
});

t.test("a call that never ends is ended, within ten seconds", async (t) => {
  const { sandbox, run, url } = await serve(t);
  sandbox.faults.next({ service: "compute" }, { kind: "delay", until: new Promise(() => {}) }, 10);
  const unary = createClient(ComputeService, transport(url, "gRPC")).listFlavors({ location });
  const error = unary.then(() => undefined, ConnectError.from);
  while (sandbox.faults.pending === 10) {
    await new Promise(setImmediate);
  }
  const { code, ms } = await exit(run);
  t.equal(code, 0);
  t.ok(ms < 10_000, `${Math.round(ms)} ms`);
  t.equal((await error)?.code, Code.Unavailable);
});
