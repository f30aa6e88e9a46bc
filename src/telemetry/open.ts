import type { CloudObserver } from "../cloud/observer.ts";
import type { CallObserver } from "../rpc/call-observer.ts";
import { PollCensus } from "../watch/poll-census.ts";
import type { MetricSources } from "./metrics.ts";
import { callObservers, cloudObservers } from "./together.ts";

type Open = MetricSources["open"];

/** What is wanted. */
export interface TelemetryOptions {
  /** Where Prometheus may ask. Absent: no metrics. */
  readonly metrics?: { readonly host: string; readonly port: number } | undefined;
  /** Where OTLP traces go. Absent: no traces. */
  readonly traces?: string | undefined;
  /** Version of Oaktree. */
  readonly version: string;
}

/** All that watches over the process. */
export interface Telemetry {
  /** To be told of calls; absent when nobody wants to know, and then nothing is spent on it. */
  readonly calls: CallObserver | undefined;
  /** To be told of requests to clouds; absent likewise. */
  readonly clouds: CloudObserver | undefined;
  /** To be told of shared polls. */
  readonly polls: PollCensus;
  /** URL of the metrics. */
  readonly metricsUrl: string | undefined;
  /** Says where open connections are counted, once that is known. */
  watch(open: Open): void;
  /** Sends the last traces and closes the listener. */
  close(): Promise<void>;
}

/** Opens what is wanted; the libraries of what is not are not even loaded. */
export async function openTelemetry({ metrics, traces, version }: TelemetryOptions): Promise<Telemetry> {
  const polls = new PollCensus();
  const calls: CallObserver[] = [];
  const clouds: CloudObserver[] = [];
  const closers: (() => Promise<void>)[] = [];
  let open: Open = () => ({ connections: 0, sessions: 0 });
  let metricsUrl: string | undefined;
  if (metrics !== undefined) {
    const [{ Metrics }, { serveMetrics }] = await Promise.all([
      import("./metrics.ts"),
      import("./metrics-listener.ts"),
    ]);
    const made = new Metrics({ polls, open: () => open() });
    const listener = await serveMetrics(made.registry, metrics);
    const host = metrics.host.includes(":") ? `[${metrics.host}]` : metrics.host;
    metricsUrl = `http://${host}:${listener.port}/metrics`;
    calls.push(made.call);
    clouds.push(made.cloud);
    closers.push(() => listener.close());
  }
  if (traces !== undefined) {
    const { Traces } = await import("./traces.ts");
    const made = new Traces(traces, version);
    calls.push(made.call);
    clouds.push(made.cloud);
    closers.push(() => made.close());
  }
  return {
    calls: callObservers(calls),
    clouds: cloudObservers(clouds),
    polls,
    metricsUrl,
    watch: (source) => {
      open = source;
    },
    async close() {
      await Promise.all(closers.map((close) => close()));
    },
  };
}
