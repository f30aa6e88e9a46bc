import { randomUUID } from "node:crypto";
import type { CallScope } from "../cloud/region.ts";

/** How long removing a half-made thing may take. */
const cleanUpMs = 30_000;

/** The scope of a clean-up, which goes on when the caller is gone. @param limitMs how long at most, in milliseconds */
export function cleanUpScope(limitMs = cleanUpMs): CallScope {
  return {
    signal: AbortSignal.timeout(limitMs),
    deadline: Date.now() + limitMs,
    requestId: `req-${randomUUID()}`,
  };
}
