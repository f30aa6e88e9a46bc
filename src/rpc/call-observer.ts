import type { DescMethod } from "@bufbuild/protobuf";

/** What is known of a call when it begins. */
export interface ObservedCall {
  /** The RPC as it stands in the URL, or `other` for what is none: never text of the caller's. */
  readonly method: string;
  /** Whether it is unary, and if not which side streams. */
  readonly kind: DescMethod["methodKind"];
  /** `grpc`, `grpc-web` or `connect`. */
  readonly protocol: string;
  /** Id of the call. */
  readonly requestId: string;
  /** The caller's W3C trace context. */
  readonly traceparent: string | undefined;
}

/** How a call ended. */
export interface ObservedEnd {
  /** Name of the gRPC code. */
  readonly code: string;
  /** Reason of the error. */
  readonly reason: string | undefined;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** Bytes of the request's body. */
  readonly bytesIn: number;
  /** Bytes of the answer's body. */
  readonly bytesOut: number;
}

/** A call that is being watched. */
export interface WatchedCall {
  /** W3C trace context of the call itself, to hand on to the clouds. */
  readonly traceparent?: string;
  /** The answer has left, or the caller. */
  end(end: ObservedEnd): void;
}

/** Whoever wants to know of every call. It must not throw. */
export type CallObserver = (call: ObservedCall) => WatchedCall;
