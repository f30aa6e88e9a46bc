import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { pino } from "pino";
import type { Test } from "tap";
import { Clouds } from "../../src/cloud/clouds.ts";
import type { Limits } from "../../src/cloud/limits.ts";
import { createHandlers } from "../../src/handlers.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/start.ts";
import type { RunningServer } from "../../src/server/front-door.ts";
import { startServer } from "../../src/server/start.ts";
import { openTelemetry } from "../../src/telemetry/open.ts";
import { temporaryFile } from "../support/temporary-file.ts";

/** A span as it stands in OTLP's JSON. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** A collector of traces that keeps what it gets. */
export interface Collector {
  readonly url: string;
  /** All that came, as text. */
  readonly text: () => string;
  readonly spans: () => ReceivedSpan[];
}

/** Starts a collector. It goes away with the test. */
export async function startCollector(t: Test): Promise<Collector> {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    received.push(body);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    text: () => received.join("\n"),
    spans: () =>
      received.flatMap((body) =>
        (
          JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: ReceivedSpan[] }[] }[] }
        ).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
      ),
  };
}

/** An Oaktree before a sandbox, with somebody who watches. */
export interface Watched {
  readonly sandbox: Sandbox;
  readonly server: RunningServer;
  readonly log: () => string;
  /** What Prometheus would get. */
  readonly metrics: () => Promise<string>;
  readonly metricsUrl: string;
  /** Sends the traces that wait. */
  readonly flush: () => Promise<void>;
}

/** Starts one. It goes away with the test. */
export async function startWatched(
  t: Test,
  options: {
    readonly token: string;
    readonly traces?: string;
    readonly sandbox?: SandboxOptions;
    readonly cloudsYaml?: (sandbox: Sandbox) => string;
    readonly limits?: Partial<Limits>;
    /** What every line of the log has besides: for a test that is to fail. */
    readonly mixin?: () => object;
  },
): Promise<Watched> {
  const sandbox = await startSandbox({ buildMs: 50, deleteMs: 50, ...options.sandbox });
  t.teardown(() => sandbox.close());
  const telemetry = await openTelemetry({
    metrics: { host: "127.0.0.1", port: 0 },
    traces: options.traces,
    version: "test",
  });
  const file = await temporaryFile(
    t,
    "clouds.yaml",
    options.cloudsYaml?.(sandbox) ?? sandbox.cloudsYaml("demo"),
  );
  const clouds = await Clouds.load({
    file,
    env: {},
    limits: options.limits ?? {},
    ...(telemetry.clouds && { observer: telemetry.clouds }),
  });
  t.teardown(() => clouds.close());
  let log = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log += chunk;
      done();
    },
  });
  const server = await startServer({
    listen: { host: "127.0.0.1", port: 0 },
    handlers: createHandlers({
      sealKey: new Uint8Array(32),
      compute: { polls: { minIntervalMs: 20, maxIntervalMs: 20, census: telemetry.polls } },
    }),
    clouds,
    observer: telemetry.calls,
    logger: pino({ level: "trace", ...(options.mixin && { mixin: options.mixin }) }, sink),
    token: options.token,
    oauth: { signIns: clouds, keys: [new Uint8Array(32)] },
  });
  t.teardown(() => server.close());
  telemetry.watch(server.open);
  let closed: Promise<void> | undefined;
  const flush = (): Promise<void> => {
    closed ??= telemetry.close();
    return closed;
  };
  t.teardown(flush);
  const metricsUrl = telemetry.metricsUrl ?? "";
  return {
    sandbox,
    server,
    log: () => log,
    metricsUrl,
    metrics: async () => (await fetch(metricsUrl)).text(),
    flush,
  };
}
