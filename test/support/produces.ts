import type { Test } from "tap";
import type { Reason } from "../../src/cloud/fault.ts";

/**
 * Holds that an error which a caller, or the log, saw has this reason, and counts
 * as the test that produces it: a workshop test wants one for each reason of
 * errors.proto.
 */
export function produces(
  t: Test,
  reason: Reason,
  error: { readonly reason?: unknown; readonly message?: string },
): void {
  t.equal(error.reason, reason, `${reason}: ${error.message ?? ""}`);
}
