import { randomUUID } from "node:crypto";
import type { CallScope } from "../cloud/region.ts";

/** How long removing a half-made thing may take. */
const cleanUpMs = 30_000;

/**
 * The scope of a request that makes a thing which is to be removed if the caller goes:
 * it is heard to its end, for one that is cut off may have made the thing all the same.
 */
export function makingScope(scope: CallScope): CallScope {
  scope.signal.throwIfAborted();
  const { signal, deadline = 0 } = cleanUpScope();
  return { ...scope, signal, deadline };
}

/** The scope of a clean-up, which goes on when the caller is gone. @param limitMs how long at most, in milliseconds */
export function cleanUpScope(limitMs = cleanUpMs): CallScope {
  return {
    signal: AbortSignal.timeout(limitMs),
    deadline: Date.now() + limitMs,
    requestId: `req-${randomUUID()}`,
  };
}
