import type { DescMethod } from "@bufbuild/protobuf";
import { Code, type ConnectError, type ContextKey, createContextKey } from "@connectrpc/connect";
import type { Logger } from "pino";
import { Fault } from "../cloud/fault.ts";
import type { CallObserver, WatchedCall } from "./call-observer.ts";
import { codeName, isDefect, reasonOf, toConnectError } from "./errors.ts";

/** What is known of a call before its handler runs. */
export interface CallStart {
  /** Id of the call. */
  readonly requestId: string;
  /** The RPC as it stands in the URL, `oaktree.v1.ComputeService/ListFlavors`, or the whole path. */
  readonly method: string;
  /** Content type of the request: it says the protocol. */
  readonly contentType: string;
  /** Where the line goes. */
  readonly log: Logger;
  /** The RPC, where the request is for one. */
  readonly rpc?: DescMethod | undefined;
  /** The caller's trace context. */
  readonly traceparent?: string | undefined;
  /** Where callers find out how to get a credential. */
  readonly metadataUrl?: string | undefined;
  /** Is told of the call. */
  readonly observer?: CallObserver | undefined;
  /** What the caller sees of an error; `toConnectError` if left out. */
  readonly toSeen?: ToSeen | undefined;
}

/** Makes what the caller sees of an error. */
export type ToSeen = typeof toConnectError;

/** How many of the services' own ids of requests one line holds; a long wait makes thousands. */
const maxUpstreamIds = 16;

/**
 * What happened in one call, and the one log line about it. A failed gRPC call is
 * status 200 to HTTP, so the outcome is noted here by whoever sees it first and
 * written when the answer has left.
 */
export class CallRecord {
  /** Id of the call. */
  readonly requestId: string;
  /** Label of the caller, once known. */
  caller: string | undefined;
  /** Bytes of the request's body as they came, compressed or not. */
  bytesIn = 0;
  /** Bytes of the answer's body as they went. */
  bytesOut = 0;
  /** Messages of the caller, on a streaming RPC. */
  messagesIn: number | undefined;
  /** Messages to the caller, on a streaming RPC. */
  messagesOut: number | undefined;

  /** Trailers of the answer; with gRPC they say how the call ended, even where Connect told nobody else. */
  trailer: Headers | undefined;
  /** Whether the messages of a stream were left before their end. */
  isLeft = false;

  #over: ((reason: unknown) => void) | undefined;
  /** Trace context that goes to the clouds. */
  readonly traceparent: string | undefined;

  readonly #start: CallStart;
  readonly #watched: WatchedCall | undefined;
  readonly #upstreamIds: string[] = [];
  #upstreamAnswers = 0;
  readonly #startedAt = performance.now();
  #failure: ConnectError | undefined;
  #cause: unknown;
  #written = false;

  /** Starts the clock. */
  constructor(start: CallStart) {
    this.#start = start;
    this.requestId = start.requestId;
    const { rpc, observer, traceparent, contentType, requestId } = start;
    this.#watched = observer?.({
      method: rpc === undefined ? "other" : `${rpc.parent.typeName}/${rpc.name}`,
      kind: rpc?.methodKind ?? "unary",
      protocol: protocolOf(contentType),
      requestId,
      traceparent,
    });
    this.traceparent = this.#watched?.traceparent ?? traceparent;
  }

  /** Notes that a service answered, and its own id of the request. The first ids are kept. */
  readonly heard = (service: string, requestId: string | undefined): void => {
    this.#upstreamAnswers += 1;
    if (requestId !== undefined && this.#upstreamIds.length < maxUpstreamIds) {
      this.#upstreamIds.push(`${service} ${requestId.slice(0, 64)}`);
    }
  };

  /** Asks to be told when the call ends before its time, such as at its deadline. */
  onEnd(listener: (reason: unknown) => void): void {
    this.#over = listener;
  }

  /** The call's signal was aborted. */
  stop(reason: unknown): void {
    this.#over?.(reason);
  }

  /**
   * Notes that the call failed, and gives what the caller is to see. The first
   * failure is the call's outcome; a defect is never lost, whenever it comes.
   */
  fail(error: unknown): ConnectError {
    if (this.#failure !== undefined && error === this.#failure) {
      return this.#failure;
    }
    const { toSeen = toConnectError, metadataUrl } = this.#start;
    const seen = toSeen(error, this.requestId, metadataUrl);
    if (this.#written) {
      if (isDefect(error)) {
        this.#log("error", "failed after its end", seen, error);
      }
      return seen;
    }
    this.#failure ??= seen;
    this.#cause ??= isDefect(error) ? error : error instanceof Fault ? error.cause : undefined;
    return seen;
  }

  /** Writes the line. @param complete whether the whole answer has left. */
  end(complete: boolean): void {
    if (this.#written) {
      return;
    }
    this.#written = true;
    const failure = this.#failure ?? (complete ? this.#unsaid() : gone(this.requestId));
    this.#log(levelOf(failure), "call", failure, this.#cause);
    this.#watched?.end({
      code: codeName(failure?.code),
      reason: failure && reasonOf(failure),
      ms: performance.now() - this.#startedAt,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
    });
  }

  /**
   * An answer that does not fit its message type fails in Connect, behind all
   * interceptors. Only what went out shows it.
   */
  #unsaid(): ConnectError | undefined {
    const status = this.trailer?.get("grpc-status") ?? "0";
    if (status === "0" && !this.isLeft) {
      return undefined;
    }
    const message = decodeURIComponent(
      this.trailer?.get("grpc-message") ?? "the answer could not be encoded",
    );
    this.#cause = new Error(message);
    return toConnectError(this.#cause, this.requestId);
  }

  #log(
    level: "info" | "warn" | "error",
    message: string,
    failure: ConnectError | undefined,
    cause: unknown,
  ): void {
    const { log, method, contentType } = this.#start;
    log[level](
      {
        requestId: this.requestId,
        method,
        protocol: protocolOf(contentType),
        code: codeName(failure?.code),
        ...(failure && { reason: reasonOf(failure), error: failure.rawMessage }),
        ms: Math.round((performance.now() - this.#startedAt) * 10) / 10,
        caller: this.caller,
        bytesIn: this.bytesIn,
        bytesOut: this.bytesOut,
        messagesIn: this.messagesIn,
        messagesOut: this.messagesOut,
        ...(this.#upstreamAnswers > 0 && {
          upstreamAnswers: this.#upstreamAnswers,
          upstreamIds: this.#upstreamIds,
        }),
        ...(cause instanceof Error && { cause: described(cause) }),
      },
      message,
    );
  }
}

/** Where a call's record is kept while Connect handles it. */
export const recordKey: ContextKey<CallRecord | undefined> = createContextKey<CallRecord | undefined>(
  undefined,
  {
    description: "the call's record",
  },
);

function gone(requestId: string): ConnectError {
  return toConnectError(new DOMException("", "AbortError"), requestId);
}

function protocolOf(contentType: string): string {
  return /^application\/(grpc-web|grpc)\b/.exec(contentType)?.[1] ?? "connect";
}

function levelOf(failure: ConnectError | undefined): "info" | "warn" | "error" {
  // gRPC calls bytes that do not parse INTERNAL, and they are the caller's doing all the same.
  if (failure !== undefined && reasonOf(failure) === "INVALID_REQUEST") {
    return "info";
  }
  switch (failure?.code) {
    case Code.Internal:
    case Code.Unknown:
    case Code.DataLoss:
      return "error";
    case Code.Unavailable:
    case Code.DeadlineExceeded:
    case Code.ResourceExhausted:
      return "warn";
    default:
      return "info";
  }
}

/**
 * Name, message and stack, down the causes, and nothing else: the properties of
 * foreign errors may hold headers, and with them tokens.
 */
function described(error: Error, depth = 0): object {
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    ...(cause instanceof Error && depth < 4 && { cause: described(cause, depth + 1) }),
  };
}
