import type { Lost } from "../wire/wire.ts";
import { Fault } from "./fault.ts";
import type { HttpMethod } from "./region.ts";
import { metadataOf, placeOf, type Upstream } from "./upstream-fault.ts";

/** The fault for a request that got no whole answer, after all tries. */
export function lostFault(upstream: Upstream, origin: string, method: HttpMethod, lost: Lost): Fault {
  const who = `${upstream.service} of ${placeOf(upstream)}`;
  const details = { metadata: metadataOf(upstream), cause: lost };
  if (lost.certificate) {
    return new Fault(
      "CLOUD_MISCONFIGURED",
      `${who}: the certificate of ${origin} is not trusted (${lost.message}); see cacert and verify`,
      details,
    );
  }
  if (lost.closed) {
    return new Fault("SHUTTING_DOWN", "this Oaktree is shutting down", details);
  }
  if (lost.message === "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH") {
    return new Fault("DATA_MISMATCH", "there were more or fewer bytes than announced", details);
  }
  if (!lost.sent) {
    return new Fault(
      "UPSTREAM_UNAVAILABLE",
      `${who} cannot be reached at ${origin}: ${lost.message}`,
      details,
    );
  }
  if (method !== "GET" && method !== "HEAD") {
    return new Fault(
      "OUTCOME_UNKNOWN",
      `${who}: the answer to a change was lost (${lost.message}); it may or may not have happened`,
      details,
    );
  }
  return lost.garbage
    ? new Fault("UPSTREAM_GARBAGE", `${who} answered something that is not HTTP`, details)
    : new Fault("UPSTREAM_UNAVAILABLE", `${who}: the answer was lost (${lost.message})`, details);
}
