import type { Answer } from "./connection.ts";
import { Fault } from "./fault.ts";
import type { JsonValue } from "./json.ts";
import { metadataOf, placeOf, type Upstream, upstreamRequestId } from "./upstream-fault.ts";

/** The answer's body as JSON; undefined when it is empty. @throws Fault `UPSTREAM_GARBAGE`. */
export function strictJson(upstream: Upstream, answer: Answer): JsonValue | undefined {
  if (answer.body.byteLength === 0) {
    return undefined;
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(answer.body));
  } catch {
    // Neither the bytes nor the parser's words: they quote the answer, which may hold a secret.
    throw garbage(upstream, answer, "the answer is not JSON");
  }
}

/** The fault for an answer that is not what the service's API says. */
export function garbage(upstream: Upstream, answer: Omit<Answer, "body">, problem: string): Fault {
  const requestId = upstreamRequestId(answer.headers);
  return new Fault("UPSTREAM_GARBAGE", `${upstream.service} of ${placeOf(upstream)}: ${problem}`, {
    metadata: {
      ...metadataOf(upstream),
      upstreamStatus: String(answer.status),
      ...(requestId && { upstreamRequestId: requestId }),
    },
  });
}
