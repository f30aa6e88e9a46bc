import { createClient } from "@connectrpc/connect";
import t from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { tracesUrl } from "../../src/telemetry/traces-url.ts";
import { token, transport, ways } from "../server/harness.ts";
import { type ReceivedSpan, startCollector, startWatched } from "./watched.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const parent = "b7ad6b7169203331";

for (const way of ways) {
  t.test(`${way}: the caller's trace goes on through the call to the clouds`, async (t) => {
    const collector = await startCollector(t);
    const { server, sandbox, flush } = await startWatched(t, { token, traces: collector.url });
    const compute = createClient(ComputeService, transport(server.url, way));
    const headers = { traceparent: `00-${traceId}-${parent}-01` };
    await compute.listFlavors({}, { headers });
    await t.rejects(compute.getFlavor({ nameOrId: "none" }, { headers }));
    await server.close();
    await flush();

    const spans = collector.spans();
    t.ok(spans.every((span) => span.traceId === traceId));
    const [call, failed] = spans.filter((span) => span.parentSpanId === parent);
    t.match(call, { name: "oaktree.v1.ComputeService/ListFlavors", kind: 2 });
    t.equal(attribute(call, "rpc.response.status_code"), "OK");
    t.match(attribute(call, "oaktree.request_id"), /^req-/);
    t.equal(attribute(failed, "error.type"), "NOT_FOUND");
    const below = spans.filter((span) => span.parentSpanId === call?.spanId);
    t.match(
      below.map(({ name }) => name),
      ["GET identity", "POST identity", "GET compute", "GET compute"].slice(-below.length),
      "one for each request to the cloud",
    );
    t.ok(below.length >= 3);
    const sent = sandbox.requests
      .list({ service: "compute" })
      .map((request) => request.headers.traceparent?.split("-")[2]);
    t.strictSame(
      sent.filter((id) => !spans.some(({ spanId }) => spanId === id)),
      [],
      "the clouds get the spans that ask them",
    );
    t.match(attribute(below.at(-1), "oaktree.upstream_request_id"), /^req-/);
  });
}

t.test("what the caller does not sample is not sent, and the context is handed on", async (t) => {
  const collector = await startCollector(t);
  const { server, sandbox, flush } = await startWatched(t, { token, traces: collector.url });
  const compute = createClient(ComputeService, transport(server.url, "gRPC"));
  await compute.listFlavors({}, { headers: { traceparent: `00-${traceId}-${parent}-00` } });
  await server.close();
  await flush();
  t.strictSame(collector.spans(), []);
  for (const { headers } of sandbox.requests.list({ service: "compute" })) {
    t.match(headers.traceparent, new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
  }
});

t.test("a collector that is away holds nothing up", async (t) => {
  const { server, flush } = await startWatched(t, { token, traces: "http://127.0.0.1:1/v1/traces" });
  await createClient(ComputeService, transport(server.url, "gRPC")).listFlavors({});
  await server.close();
  await flush();
});

t.test("where traces go", async (t) => {
  t.equal(tracesUrl(undefined, {}), undefined, "off by default");
  t.equal(tracesUrl("http://127.0.0.1:4318", {}), "http://127.0.0.1:4318/v1/traces");
  t.equal(tracesUrl("http://c/otlp/v1/traces", {}), "http://c/otlp/v1/traces");
  t.equal(tracesUrl(undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: "https://c/x/" }), "https://c/x/v1/traces");
  t.equal(tracesUrl(undefined, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://c/t" }), "https://c/t");
  t.throws(() => tracesUrl("collector:4318", {}), /http:\/\/ or https:\/\//);
});

function attribute(span: ReceivedSpan | undefined, name: string): string | undefined {
  return span?.attributes.find(({ key }) => key === name)?.value.stringValue;
}
