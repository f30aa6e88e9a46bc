import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, ServerHttp2Stream } from "node:http2";
import { defaultReadMaxBytes } from "../rpc/payloads.ts";
import { maxRestBytes, patientMs, restMs } from "./limits.ts";
import type { RequestBytes } from "./request-bytes.ts";

/** The stream of a request that came by HTTP/2. */
export function streamOf(raw: IncomingMessage): ServerHttp2Stream | undefined {
  return (raw as IncomingMessage & Partial<Http2ServerRequest>).stream;
}

/** Has the rest of a request read, once its answer is complete. */
export function readRestAfter(response: ServerResponse, raw: IncomingMessage, body: RequestBytes): void {
  // HTTP/2's trailers come after its finish, and must be out first.
  const stream = streamOf(raw);
  (stream ?? response).once(stream ? "wantTrailers" : "finish", () => void readRest(raw, body));
}

/**
 * Reads what is left of a request when its answer is complete, such as of an
 * upload that was refused midway: unread bytes would keep the connection busy for
 * ever, and hold up a stop. Callers of HTTP/2 are told to send no more (RFC 9113,
 * section 8.1), unless the rest comes soon: Node's client never forgets what such a
 * stream had left to send, and after 10 MB it refuses to go on with the connection.
 * HTTP/1.1 has no words for that, so who goes on is cut off.
 */
async function readRest(raw: IncomingMessage, body: RequestBytes): Promise<void> {
  const stream = streamOf(raw);
  if (body.isDone) {
    // Nothing is left, and a stream whose both ends are done closes by itself.
    return;
  }
  const impatient = stream && setTimeout(() => stream.close(), patientMs).unref();
  const late = setTimeout(() => (stream ?? raw.socket).destroy(), restMs).unref();
  try {
    let rest = 0;
    for (let chunk = await body.next(); !chunk.done; chunk = await body.next()) {
      rest += chunk.value.byteLength;
      // More is the rest of no single message.
      if (rest > defaultReadMaxBytes) {
        stream?.close();
      }
      if (rest > maxRestBytes) {
        (stream ?? raw.socket).destroy();
      }
    }
  } catch {
    // The caller hung up, which ends it as well.
  } finally {
    clearTimeout(impatient);
    clearTimeout(late);
  }
}
