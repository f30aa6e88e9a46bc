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
  // https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Timeout
  const [, value, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(headers.get("grpc-timeout") ?? "") ?? [];
  if (Number(value) * (unitMs[unit] ?? 0) > longestMs) {
    headers.delete("grpc-timeout");
  }
}
