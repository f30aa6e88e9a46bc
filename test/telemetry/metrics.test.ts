import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import t from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { plain, token, transport } from "../server/harness.ts";
import { startWatched } from "./watched.ts";

t.test("calls, requests to clouds and tokens are counted", async (t) => {
  const { server, sandbox, metrics } = await startWatched(t, { token });
  const compute = createClient(ComputeService, transport(server.url, "gRPC"));
  await compute.listFlavors({});
  await compute.listFlavors({});
  await t.rejects(compute.getFlavor({ nameOrId: "none" }));
  sandbox.faults.next(
    { service: "compute", method: "GET", path: /flavors/ },
    { kind: "answer", status: 500 },
  );
  await t.rejects(compute.listFlavors({ location: { cloud: "demo", region: "RegionOne" } }));
  await plain(server.url, `/oaktree.v1.ComputeService/${"x".repeat(50)}`);
  const anonymous = createClient(ComputeService, createGrpcTransport({ baseUrl: server.url }));
  await t.rejects(anonymous.listFlavors({}));

  const text = await metrics();
  const flavors = 'method="oaktree.v1.ComputeService/ListFlavors"';
  for (const line of [
    `oaktree_rpcs_total{${flavors},code="OK"} 2`,
    `oaktree_rpcs_total{${flavors},code="INTERNAL"} 1`,
    `oaktree_rpcs_total{${flavors},code="UNAUTHENTICATED"} 1`,
    'oaktree_rpcs_total{method="oaktree.v1.ComputeService/GetFlavor",code="NOT_FOUND"} 1',
    'oaktree_rpcs_total{method="other",code="UNIMPLEMENTED"} 1',
    `oaktree_rpc_seconds_count{${flavors}} 4`,
    'oaktree_rpcs_open{kind="unary"} 0',
    'oaktree_upstream_requests_total{cloud="demo",service="identity",method="POST",status="201"} 1',
    'oaktree_upstream_requests_total{cloud="demo",service="compute",method="GET",status="500"} 1',
    'oaktree_upstream_requests_open{cloud="demo",service="compute"} 0',
    'oaktree_tokens_total{cloud="demo",event="issued"} 1',
  ]) {
    t.ok(text.includes(`${line}\n`), line);
  }
  t.match(text, /oaktree_tokens_total\{cloud="demo",event="cached"\} [1-9]/);
  t.match(text, /oaktree_rpc_sent_bytes_total\{method="oaktree.v1.ComputeService\/ListFlavors"\} [1-9]/);
  t.match(
    text,
    /oaktree_upstream_request_seconds_count\{cloud="demo",service="compute",method="GET"\} [1-9]/,
  );
  t.match(text, /oaktree_http2_sessions [12]\n/, "clients keep their sessions");
  t.match(text, /nodejs_eventloop_lag_p99_seconds /);
  t.notMatch(text, "xxxxx", "a caller cannot make labels");
});

t.test("a token that ends is renewed, and one that Keystone refuses is counted", async (t) => {
  const { server, sandbox, metrics } = await startWatched(t, { token });
  const compute = createClient(ComputeService, transport(server.url, "gRPC"));
  await compute.listFlavors({});
  sandbox.revokeTokens();
  await compute.listFlavors({});
  t.ok((await metrics()).includes('oaktree_tokens_total{cloud="demo",event="renewed"} 1\n'));

  const wrong = await startWatched(t, {
    token,
    cloudsYaml: (made) => made.cloudsYaml("demo").replace(/password: .*/g, "password: wrong"),
  });
  await t.rejects(
    createClient(ComputeService, transport(wrong.server.url, "gRPC")).getFlavor({
      nameOrId: "x",
      location: { cloud: "demo", region: "RegionOne" },
    }),
  );
  t.match(await wrong.metrics(), 'oaktree_tokens_total{cloud="demo",event="refused"} 1\n');
});

t.test("streams and shared polls are seen while they run", async (t) => {
  const { server, metrics } = await startWatched(t, { token, sandbox: { buildMs: 3_600_000 } });
  const compute = createClient(ComputeService, transport(server.url, "gRPC"));
  const made = await compute.createServer({
    name: "web",
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
  });
  const leave = new AbortController();
  const wait = compute.waitForServer({ nameOrId: made.server?.id ?? "" }, { signal: leave.signal });
  const messages = wait[Symbol.asyncIterator]();
  await messages.next();
  let text = "";
  do {
    text = await metrics();
  } while (!text.includes("oaktree_polls 1\n"));
  t.ok(text.includes('oaktree_rpcs_open{kind="server_streaming"} 1\n'));
  leave.abort();
  await t.rejects(messages.next());
  do {
    text = await metrics();
  } while (!text.includes("oaktree_polls 0\n"));
  do {
    text = await metrics();
  } while (!text.includes('oaktree_rpcs_open{kind="server_streaming"} 0\n'));
  t.match(text, 'oaktree_rpcs_total{method="oaktree.v1.ComputeService/WaitForServer",code="CANCELLED"} 1\n');
});

t.test("the log line of a call has the clouds' own ids of its requests", async (t) => {
  const { server, log } = await startWatched(t, { token });
  const compute = createClient(ComputeService, transport(server.url, "gRPC"));
  await compute.listFlavors({});
  await t.rejects(compute.getFlavor({ nameOrId: "none" }));
  await server.close();
  const [list, get] = log()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { upstreamAnswers: number; upstreamIds: string[] });
  for (const line of [list, get]) {
    t.equal(line?.upstreamIds.length, line?.upstreamAnswers);
    t.match(line?.upstreamIds.at(-1), /^compute req-[0-9a-f-]{36}$/);
  }
  t.match(list?.upstreamIds[0], /^identity req-/);
});

t.test("the listener of metrics knows nothing else", async (t) => {
  const { metricsUrl } = await startWatched(t, { token });
  const origin = new URL(metricsUrl).origin;
  t.equal((await fetch(metricsUrl)).headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  t.equal((await fetch(metricsUrl, { method: "POST" })).status, 404);
  t.equal((await fetch(`${origin}/livez`)).status, 404);
});
