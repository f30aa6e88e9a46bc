import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { CloudObserver } from "../cloud/observer.ts";
import type { CallObserver } from "../rpc/call-observer.ts";
import type { PollCensus } from "../watch/poll-census.ts";

/** Seconds; from what a cached answer takes to what a slow cloud does. Waits and transfers end in the last ones. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What is read at the moment of asking. */
export interface MetricSources {
  /** Shared polls. */
  readonly polls: PollCensus;
  /** Connections that are open now. */
  readonly open: () => { readonly connections: number; readonly sessions: number };
}

/**
 * The process in numbers, as Prometheus asks for them.
 *
 * Labels are words of Oaktree's own: RPCs of the schema (or `other`), gRPC codes
 * (17), clouds of clouds.yaml, service types of the schema, HTTP methods (6) and
 * statuses (100 to 599, in fact some 20). Nothing that a caller or a cloud writes
 * becomes a label, so their number is bounded: with R RPCs and C clouds of S
 * services there are at most R * 17 + 2 * R * 16 series of calls, and C * S * 6
 * * (statuses + 16) of requests to clouds, of which a process makes those that
 * happen.
 */
export class Metrics {
  /** All metrics. */
  readonly registry = new Registry();

  readonly #calls = this.#counter("oaktree_rpcs_total", "Calls that ended, by gRPC code.", "method", "code");
  readonly #seconds = this.#histogram("oaktree_rpc_seconds", "How long calls took.", "method");
  readonly #openCalls = this.#gauge("oaktree_rpcs_open", "Calls that are open now, by kind.", "kind");
  readonly #bytesIn = this.#counter(
    "oaktree_rpc_received_bytes_total",
    "Bytes of requests, counted when the call ends.",
    "method",
  );
  readonly #bytesOut = this.#counter(
    "oaktree_rpc_sent_bytes_total",
    "Bytes of answers, counted when the call ends.",
    "method",
  );
  readonly #exchanges = this.#counter(
    "oaktree_upstream_requests_total",
    "Requests to clouds, each try by itself, by HTTP status or what came in place of an answer.",
    "cloud",
    "service",
    "method",
    "status",
  );
  readonly #exchangeSeconds = this.#histogram(
    "oaktree_upstream_request_seconds",
    "How long requests to clouds took; of downloads, until their head was there.",
    "cloud",
    "service",
    "method",
  );
  readonly #openExchanges = this.#gauge(
    "oaktree_upstream_requests_open",
    "Requests to clouds that are under way now.",
    "cloud",
    "service",
  );
  readonly #tokens = this.#counter(
    "oaktree_tokens_total",
    "What happened to tokens: issued, renewed, validated, cached (used again) or refused.",
    "cloud",
    "event",
  );

  /** Registers everything. The process's own metrics are prom-client's. */
  constructor({ polls, open }: MetricSources) {
    this.#read("oaktree_polls", "Shared polls that run now.", () => polls.count);
    this.#read("oaktree_poll_oldest_seconds", "Age of the oldest shared poll.", () => polls.oldestMs / 1000);
    this.#read(
      "oaktree_poll_unanswered_seconds",
      "Time since the cloud answered the shared poll that has waited longest.",
      () => polls.stalestMs / 1000,
    );
    this.#read("oaktree_connections", "TCP connections of callers.", () => open().connections);
    this.#read("oaktree_http2_sessions", "HTTP/2 sessions of callers.", () => open().sessions);
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counts calls. */
  readonly call: CallObserver = ({ method, kind }) => {
    this.#openCalls.inc({ kind });
    return {
      end: ({ code, ms, bytesIn, bytesOut }) => {
        this.#openCalls.dec({ kind });
        this.#calls.inc({ method, code });
        this.#seconds.observe({ method }, ms / 1000);
        this.#bytesIn.inc({ method }, bytesIn);
        this.#bytesOut.inc({ method }, bytesOut);
      },
    };
  };

  /** Counts requests to clouds, and tokens. */
  readonly cloud: CloudObserver = {
    exchange: ({ cloud, service, method }) => {
      const startedAt = performance.now();
      this.#openExchanges.inc({ cloud, service });
      return {
        end: ({ status, failure }) => {
          this.#openExchanges.dec({ cloud, service });
          this.#exchanges.inc({ cloud, service, method, status: statusLabel(status) ?? failure ?? "failed" });
          this.#exchangeSeconds.observe({ cloud, service, method }, (performance.now() - startedAt) / 1000);
        },
      };
    },
    token: (cloud, event) => this.#tokens.inc({ cloud, event }),
  };

  #counter<L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge<L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  #histogram<L extends string>(name: string, help: string, ...labelNames: L[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }

  #read(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(value());
      },
    });
  }
}

/** A cloud may answer any three digits. */
function statusLabel(status: number | undefined): string | undefined {
  if (status === undefined) {
    return undefined;
  }
  return status >= 100 && status < 600 ? String(status) : "other";
}
