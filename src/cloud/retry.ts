import { Lost } from "../wire/wire.ts";
import type { Clock } from "./clock.ts";
import type { Limits } from "./limits.ts";
import type { CallScope, HttpMethod } from "./region.ts";
import { stopFault } from "./scope.ts";
import { mayHaveHappened, type Refusal, refusalReason, retryAfter } from "./upstream-fault.ts";

/**
 * When a request may be sent again: `always`, for it does the same when done twice;
 * `errors`, after a failure of the service itself too; `refused`, when it surely was
 * not carried out; `never`, for its body is gone.
 */
export type Repeat = "always" | "errors" | "refused" | "never";

/** The rule for a method (RFC 9110, 9.2.2). */
export function repeatOf(method: HttpMethod): Repeat {
  return method === "POST" || method === "PATCH" ? "refused" : "always";
}

/**
 * The one place where requests are repeated.
 *
 * @returns the last answer, whatever its status.
 * @throws Lost when the last try had no answer.
 */
export async function withRetries<T extends Refusal>(
  method: HttpMethod,
  repeat: Repeat,
  scope: CallScope,
  clock: Clock,
  limits: Limits,
  attempt: () => Promise<T>,
): Promise<T> {
  let perhapsDone = false;
  for (let tries = 1; ; tries += 1) {
    const outcome = await attempt().catch((error: unknown) => {
      if (error instanceof Lost) {
        return error;
      }
      throw error;
    });
    if (outcome instanceof Lost && scope.signal.aborted) {
      throw stopFault(scope, clock.now());
    }
    // The object of a repeated DELETE is gone because an earlier try did it.
    if (perhapsDone && method === "DELETE" && !(outcome instanceof Lost) && outcome.status === 404) {
      return { ...outcome, status: 204, body: new Uint8Array() };
    }
    const pause =
      outcome instanceof Lost
        ? pauseAfterLoss(outcome, repeat, tries, limits)
        : pauseAfterRefusal(outcome, repeat, tries, clock, limits);
    const end = scope.deadline ?? clock.now() + limits.patienceMs;
    if (pause === undefined || tries >= limits.tries || clock.now() + pause >= end) {
      if (outcome instanceof Lost) {
        throw outcome;
      }
      return outcome;
    }
    perhapsDone ||=
      outcome instanceof Lost ? outcome.sent : outcome.status === 500 || mayHaveHappened(outcome.status);
    await clock.sleep(pause, scope.signal).catch(() => {
      throw stopFault(scope, clock.now());
    });
  }
}

function pauseAfterLoss(lost: Lost, repeat: Repeat, tries: number, limits: Limits): number | undefined {
  const may = repeat === "refused" ? !lost.sent : repeat !== "never";
  return may && !lost.certificate && !lost.closed && !lost.late ? backoff(tries, limits) : undefined;
}

function pauseAfterRefusal(
  refusal: Refusal,
  repeat: Repeat,
  tries: number,
  clock: Clock,
  limits: Limits,
): number | undefined {
  if (refusal.status < 400 || repeat === "never") {
    return undefined;
  }
  const reason = refusalReason(refusal);
  const passes = reason === "RATE_LIMITED" || reason === "UPSTREAM_UNAVAILABLE";
  if (!passes && !(repeat === "errors" && reason === "UPSTREAM_ERROR")) {
    return undefined;
  }
  const asked = retryAfter(refusal, clock.now());
  if (repeat === "refused") {
    return mayHaveHappened(refusal.status) ? undefined : asked;
  }
  return asked ?? backoff(tries, limits);
}

/** Doubles, with up to a half less, so that callers who failed together do not come back together. */
function backoff(tries: number, limits: Limits): number {
  return limits.backoffMs * 2 ** (tries - 1) * (1 - Math.random() / 2);
}
