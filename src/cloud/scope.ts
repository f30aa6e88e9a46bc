import { Fault } from "./fault.ts";
import type { CallScope } from "./region.ts";

/** Timers may fire a little before their time. */
const timerSlackMs = 20;

/** Why a call that was aborted ended, as the caller is to see it. */
export function stopFault(scope: CallScope, now: number): Fault {
  const why: unknown = scope.signal.reason;
  if (why instanceof Fault) {
    const { reason, message, metadata } = why;
    return new Fault(reason, message, { metadata: { ...metadata }, cause: why });
  }
  if (scope.deadline !== undefined && now >= scope.deadline - timerSlackMs) {
    return new Fault("DEADLINE_EXCEEDED", "the deadline passed before the cloud answered", { cause: why });
  }
  return new Fault("CANCELLED", "the caller cancelled the call", { cause: why });
}

/**
 * Waits for work that others wait for too: an abort of this call ends only this wait.
 *
 * @throws Fault as {@link stopFault} has it.
 */
export async function within<T>(scope: CallScope, work: Promise<T>, now: () => number): Promise<T> {
  const { signal } = scope;
  if (signal.aborted) {
    throw stopFault(scope, now());
  }
  const aborted = Promise.withResolvers<never>();
  const stop = (): void => aborted.reject(stopFault(scope, now()));
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * Does work that is shared between calls. It keeps the ids of the call that began it,
 * but neither its life nor its deadline.
 */
export async function shared<T>(
  begun: CallScope,
  closing: AbortSignal,
  limitMs: number,
  now: () => number,
  work: (scope: CallScope) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(
      new Fault("UPSTREAM_UNAVAILABLE", `the cloud did not answer within ${limitMs / 1000} seconds`),
    );
  }, limitMs);
  try {
    return await work({
      signal: AbortSignal.any([closing, late.signal]),
      deadline: now() + limitMs,
      requestId: begun.requestId,
      ...(begun.traceparent !== undefined && { traceparent: begun.traceparent }),
      ...(begun.heard !== undefined && { heard: begun.heard }),
    });
  } finally {
    clearTimeout(timer);
  }
}
