/** The longest time-out that Node's timers hold, 24 days: a longer one would pass at once. */
const longestMs = 2 ** 31 - 1;

const unitMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Takes time-outs out of a request's headers that are too far away to matter, and too far for a timer. */
export function dropEndlessTimeouts(headers: Headers): void {
  if (Number(headers.get("connect-timeout-ms")) > longestMs) {
    headers.delete("connect-timeout-ms");
  }
  if (grpcTimeoutMs(headers.get("grpc-timeout") ?? "") > longestMs) {
    headers.delete("grpc-timeout");
  }
}

/**
 * A time-out in milliseconds, as gRPC and Connect spell it. Undefined where it is
 * too far away to matter, NaN where it is none.
 */
export function timeoutOf(text: string, isGrpc: boolean): number | undefined {
  const ms = isGrpc ? grpcTimeoutMs(text) : /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return ms > longestMs ? undefined : ms;
}

// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Timeout
function grpcTimeoutMs(text: string): number {
  const [, value, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  return Number(value) * (unitMs[unit] ?? 0);
}
