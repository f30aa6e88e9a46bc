import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { CloudObserver } from "../cloud/observer.ts";
import type { CallObserver } from "../rpc/call-observer.ts";

/** Spans that wait for the collector; more are dropped, so a collector that is away costs some 2 MiB at most. */
const maxQueueSize = 2048;

/** How long the collector may take, in milliseconds: at the end too, which is not to be held up. */
const timeoutMillis = 2000;

/**
 * OpenTelemetry traces: a span for each call, and one below it for each request to
 * a cloud, sent to a collector by OTLP over HTTP. The caller's `traceparent` is the
 * parent, and whether it is sampled is the caller's choice; clouds get the span
 * that asks them as theirs. Attributes are ids, names and codes: no header, query,
 * path or body, so nothing secret can get into one.
 */
export class Traces {
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;

  /** Opens no connection yet. @param url where the collector takes traces, `http://127.0.0.1:4318/v1/traces` */
  constructor(url: string, version: string) {
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ "service.name": "oaktree", "service.version": version }),
      spanProcessors: [
        new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis }), { maxQueueSize }),
      ],
    });
    this.#tracer = this.#provider.getTracer("oaktree");
  }

  /** Makes the span of a call. */
  readonly call: CallObserver = ({ method, protocol, requestId, traceparent }) => {
    const span = this.#tracer.startSpan(
      method,
      {
        kind: SpanKind.SERVER,
        attributes: {
          "rpc.system": protocol,
          "rpc.method": method,
          "oaktree.request_id": requestId,
        },
      },
      contextOf(traceparent),
    );
    return {
      traceparent: traceParentOf(span),
      end: ({ code, reason, bytesIn, bytesOut }) => {
        span.setAttributes({
          "rpc.response.status_code": code,
          "oaktree.bytes_in": bytesIn,
          "oaktree.bytes_out": bytesOut,
          ...(reason !== undefined && { "error.type": reason }),
        });
        if (reason !== undefined) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: reason });
        }
        span.end();
      },
    };
  };

  /** Makes the spans of requests to clouds. */
  readonly cloud: CloudObserver = {
    exchange: ({ cloud, region, service, method }, traceparent) => {
      const span = this.#tracer.startSpan(
        `${method} ${service}`,
        {
          kind: SpanKind.CLIENT,
          attributes: {
            "http.request.method": method,
            "oaktree.cloud": cloud,
            "oaktree.region": region,
            "oaktree.service": service,
          },
        },
        contextOf(traceparent),
      );
      return {
        traceparent: traceParentOf(span),
        end: ({ status, failure, requestId }) => {
          span.setAttributes({
            ...(status !== undefined && { "http.response.status_code": status }),
            ...(requestId !== undefined && { "oaktree.upstream_request_id": requestId.slice(0, 64) }),
            ...(failure !== undefined && { "error.type": failure }),
          });
          if (failure !== undefined || (status ?? 0) >= 400) {
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
    token: () => {},
  };

  /** Sends what waits, for two seconds at most, and stops. */
  async close(): Promise<void> {
    const timeout = AbortSignal.timeout(timeoutMillis);
    const late = new Promise((resolve) => timeout.addEventListener("abort", resolve, { once: true }));
    await Promise.race([this.#provider.shutdown().catch(() => undefined), late]);
  }
}

/** https://www.w3.org/TR/trace-context/#traceparent-header; the front door has checked the form. */
function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = traceparent?.split("-") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) {
    return ROOT_CONTEXT;
  }
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
  });
}

function traceParentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;
}
