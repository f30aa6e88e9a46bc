import { Lost } from "../wire/wire.ts";
import type { CallScope, HttpMethod } from "./region.ts";
import { type Upstream, upstreamRequestId } from "./upstream-fault.ts";

/** One HTTP request to a service, each try by itself. It holds nothing secret: no path, no header, no body. */
export interface Exchange extends Upstream {
  /** Method. */
  readonly method: HttpMethod;
}

/** How an exchange went. */
export interface ExchangeEnd {
  /** HTTP status, where an answer came. */
  readonly status?: number;
  /** Why there was none. */
  readonly failure?: ExchangeFailure;
  /** The service's own id of the request. */
  readonly requestId?: string;
}

/** Why no answer came. */
export type ExchangeFailure = "aborted" | "not_sent" | "late" | "lost" | "failed";

/** What happened to a token. */
export type TokenEvent = "issued" | "renewed" | "validated" | "cached" | "refused";

/** An exchange that is being watched. */
export interface WatchedExchange {
  /** W3C trace context to send instead of the call's own. */
  readonly traceparent?: string;
  /** The exchange has ended; of bytes that are handed on, its head has come. */
  end(end: ExchangeEnd): void;
}

/** Whoever wants to know what the back door does. It must not throw. */
export interface CloudObserver {
  /** An exchange begins. `traceparent` is the call's trace context. */
  exchange(exchange: Exchange, traceparent: string | undefined): WatchedExchange;
  /** A token of the cloud was made, used again or refused. */
  token(cloud: string, event: TokenEvent): void;
}

/** Does one try of a request under the observer's eyes, and tells the call the service's id of it. */
export async function observed<
  T extends { status: number; headers: Parameters<typeof upstreamRequestId>[0] },
>(
  observer: CloudObserver | undefined,
  exchange: Exchange,
  scope: CallScope,
  work: (traceparent: string | undefined) => Promise<T>,
): Promise<T> {
  const watched = observer?.exchange(exchange, scope.traceparent);
  try {
    const answer = await work(watched?.traceparent ?? scope.traceparent);
    const requestId = upstreamRequestId(answer.headers);
    scope.heard?.(exchange.service, requestId);
    watched?.end({ status: answer.status, ...(requestId !== undefined && { requestId }) });
    return answer;
  } catch (error) {
    watched?.end({ failure: failureOf(error, scope) });
    throw error;
  }
}

function failureOf(error: unknown, scope: CallScope): ExchangeFailure {
  if (scope.signal.aborted) {
    return "aborted";
  }
  if (!(error instanceof Lost)) {
    return "failed";
  }
  return error.late ? "late" : error.sent ? "lost" : "not_sent";
}
