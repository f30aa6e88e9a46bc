import { Fault, isFault } from "../cloud/fault.ts";
import type { CheckedSource } from "./checked-source.ts";

/**
 * Why an upload failed, in the caller's terms. An error of the bytes themselves says
 * more than what the cloud made of their end; and an answer that is lost before all
 * bytes were handed over leaves no doubt, since no service keeps a part.
 */
export function uploadFault(error: unknown, source: CheckedSource): unknown {
  if (source.failure !== undefined) {
    return source.failure;
  }
  if (isFault(error, "OUTCOME_UNKNOWN") && !source.isDone && error.metadata.upstreamStatus === undefined) {
    return new Fault(
      "UPSTREAM_UNAVAILABLE",
      `the connection to the cloud was lost after ${source.size} bytes; nothing was stored`,
      { metadata: error.metadata, cause: error },
    );
  }
  return error;
}
