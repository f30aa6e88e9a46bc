import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest, ServerHttp2Stream } from "node:http2";
import type { DescMethod } from "@bufbuild/protobuf";
import { type ConnectRouter, createContextValues } from "@connectrpc/connect";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { CallObserver } from "../rpc/call-observer.ts";
import { CallRecord, recordKey, type ToSeen } from "../rpc/call-record.ts";
import { type Payloads, payloadsKey, payloadsOf } from "../rpc/payloads.ts";
import type { Refuse } from "../rpc/refusal.ts";
import { traceParentOf } from "../rpc/request-id.ts";
import { dropEndlessTimeouts } from "../rpc/timeouts.ts";
import { maxRestBytes, restMs, stalledMs } from "./limits.ts";
import { writePayloads } from "./payload-writer.ts";
import { counted, isPlainJson, kept, utf8 } from "./request-body.ts";
import { RequestBytes } from "./request-bytes.ts";
import { allowedMethods, unfitRequest } from "./unfit.ts";

type Handler = ConnectRouter["handlers"][number];

/** What a mount shares between its requests. */
export interface MountOptions {
  /** Where the line about each call goes. */
  readonly log: Logger;
  /** Says no in the words of the request's protocol. */
  readonly refuse: Refuse;
  /** How long the message of a call that takes a single one may be on its way, in milliseconds. */
  readonly requestMs: number;
  /** Where callers find out how to get a credential, once the server listens. */
  readonly metadataUrl?: (() => string) | undefined;
  /** Is told of each call. */
  readonly observer?: CallObserver | undefined;
  /** How long a caller may take nothing of a download, in milliseconds; five minutes if left out. */
  readonly stalledMs?: number | undefined;
  /** The largest message that a caller may send; 4 MiB if left out. */
  readonly readMaxBytes?: number | undefined;
  /** What the caller sees of an error; `toConnectError` if left out. */
  readonly toSeen?: ToSeen | undefined;
}

/**
 * Mounts Connect's handlers. Not by @connectrpc/connect-fastify: that logs to the
 * console, and the record of a call has to see when its answer has left.
 */
export function mountConnect(app: FastifyInstance, router: ConnectRouter, options: MountOptions): void {
  app.register(async (scope) => {
    // Connect reads bodies itself, of whatever type.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _body, done) => done(null));
    for (const handler of router.handlers) {
      scope.all(handler.requestPath, (request, reply) => {
        hijack(reply);
        void serve(handler, request, reply, options);
      });
    }
  });
}

/**
 * Answers with an error, in the words of the request's protocol, and logs that like a
 * call. The status goes to protocols that tell errors by it; to the others all is 200.
 */
export async function refuseRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  options: MountOptions,
  status?: number,
): Promise<void> {
  hijack(reply);
  const record = recordOf(request, reply, options);
  const answer = await options.refuse(request.headers["content-type"] ?? "", record.fail(error));
  await write(status === undefined || answer.status === 200 ? answer : { ...answer, status }, reply, record);
}

async function serve(handler: Handler, request: FastifyRequest, reply: FastifyReply, options: MountOptions) {
  const record = recordOf(request, reply, options, handler.method);
  try {
    const payloads = payloadsOf(handler.method, request.headers["content-type"] ?? "", options.readMaxBytes);
    const values = createContextValues().set(recordKey, record).set(payloadsKey, payloads);
    const call = universalRequestFromNodeRequest(request.raw, reply.raw, undefined, values);
    const source = payloads?.incoming
      ? new RequestBytes(request.raw)
      : (call.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    // HTTP/2's trailers come after its finish, and must be out first.
    const stream = streamOf(request.raw);
    (stream ?? reply.raw).once(stream ? "wantTrailers" : "finish", () => void readRest(request.raw, source));
    const whole = kept(source, record, takesOne(handler.method) ? options.requestMs : 0);
    const body = counted(isPlainJson(request.headers) ? utf8(whole, record) : whole, (bytes) => {
      record.bytesIn += bytes;
    });
    dropEndlessTimeouts(call.header);
    let answer = await handler({ ...call, body: payloads?.incoming?.slice(body) ?? body });
    if (answer.status >= 400 && answer.body === undefined) {
      // Not the protocol's business, so Connect leaves it bare; people who try curl want words.
      const { method, headers } = request;
      const fault = unfitRequest(handler.method, method, headers["content-type"]);
      if (answer.status === 405) {
        reply.raw.setHeader("allow", allowedMethods(handler.method));
      }
      const { body, header } = await options.refuse("", record.fail(fault));
      // As application/json it would be an error of the RPC to Connect's clients, and nonsense to gRPC's;
      // they go by the status (RFC 9457).
      header?.set("content-type", "application/problem+json");
      answer = { ...answer, ...(header && { header }), ...(body && { body }) };
    }
    await write(answer, reply, record, payloads, options.stalledMs);
  } catch (error) {
    record.fail(error);
    reply.raw.destroy();
  }
}

function recordOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { log, observer, metadataUrl, toSeen }: MountOptions,
  rpc?: DescMethod,
): CallRecord {
  const record = new CallRecord({
    requestId: request.id,
    method: request.url.slice(1).replace(/\?.*/s, "").slice(0, 200),
    contentType: request.headers["content-type"] ?? "",
    log,
    rpc,
    traceparent: traceParentOf(request.headers.traceparent),
    observer,
    metadataUrl: metadataUrl?.(),
    toSeen,
  });
  // HTTP/2's response says that it has finished whenever it is closed; its stream knows.
  const answer = streamOf(request.raw) ?? reply.raw;
  reply.raw.once("close", () => record.end(answer.writableFinished));
  return record;
}

/**
 * Reads what is left of a request when its answer is complete, such as of an
 * upload that was refused midway: unread bytes would keep the connection busy for
 * ever, and hold up a stop. Callers of HTTP/2 are told to send no more (RFC 9113,
 * section 8.1); HTTP/1.1 has no words for that, so who goes on is cut off.
 */
async function readRest(raw: IncomingMessage, body: AsyncIterator<Uint8Array>): Promise<void> {
  const stream = streamOf(raw);
  if (raw.readableEnded) {
    // Nothing is left, and a stream whose both ends are done closes by itself.
    return;
  }
  // Node does the same for requests that nobody has read from.
  setImmediate(() => stream?.close());
  const late = setTimeout(() => (stream ?? raw.socket).destroy(), restMs).unref();
  try {
    let rest = 0;
    for (let chunk = await body.next(); !chunk.done; chunk = await body.next()) {
      rest += chunk.value.byteLength;
      if (rest > maxRestBytes) {
        (stream ?? raw.socket).destroy();
      }
    }
  } catch {
    // The caller hung up, which ends it as well.
  } finally {
    clearTimeout(late);
  }
}

/** Takes the answer over from Fastify, with the headers that it has so far, such as those of CORS. */
function hijack(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) {
      reply.raw.setHeader(name, value);
    }
  }
  reply.hijack();
}

function takesOne({ methodKind }: DescMethod): boolean {
  return methodKind === "unary" || methodKind === "server_streaming";
}

function streamOf(raw: IncomingMessage): ServerHttp2Stream | undefined {
  return (raw as IncomingMessage & Partial<Http2ServerRequest>).stream;
}

async function write(
  answer: UniversalServerResponse,
  reply: FastifyReply,
  record: CallRecord,
  payloads?: Payloads,
  patienceMs = stalledMs,
): Promise<void> {
  const count = (bytes: number): void => {
    record.bytesOut += bytes;
  };
  try {
    if (payloads?.outgoing) {
      await writePayloads(answer, reply.raw, payloads.outgoing, { count, stalledMs: patienceMs });
      return;
    }
    const body = answer.body && counted(answer.body, count);
    const left = once(reply.raw, "close");
    // Connect's own promise never settles when all goes well: it waits for an event that responses do not have.
    await Promise.race([
      universalResponseToNodeResponse({ ...answer, ...(body && { body }) }, reply.raw),
      left,
    ]);
  } catch (error) {
    // The caller went away while the answer was written; the record sees it by the answer's close.
    record.fail(error);
    reply.raw.destroy();
  }
}
