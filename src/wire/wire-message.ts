import type { SecureContextOptions } from "node:tls";
import type { PassingBytes } from "./passing-bytes.ts";

/** By what services are known over TLS, and the caller to them. */
export interface Secure extends Pick<SecureContextOptions, "ca" | "cert" | "key"> {
  /** Whether a service's certificate must be good. */
  readonly rejectUnauthorized: boolean;
}

/** One HTTP request. */
export interface WireRequest {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path and query, sent as they are. */
  readonly path: string;
  /** Method. */
  readonly method: string;
  /** Headers, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Body. */
  readonly body?: string | AsyncIterable<PassingBytes>;
  /** Aborts the request and closes its connection. */
  readonly signal: AbortSignal;
  /** How long the answer's head may take, in milliseconds; 0: any time. */
  readonly headTimeoutMs: number;
  /** How long the answer's body may pause, in milliseconds; 0: any time. */
  readonly idleTimeoutMs: number;
  /** Whether the answer's body may be large: then it is read into memory that is used again. */
  readonly large?: boolean;
}

/** The head of an HTTP answer, and its body to read. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<PassingBytes>;
  /** Calls back when the body was read to its end, left or lost. */
  onClose(callback: () => void): void;
}
