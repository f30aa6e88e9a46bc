import type { DescMethod } from "@bufbuild/protobuf";
import { type ConnectRouter, createContextValues } from "@connectrpc/connect";
import { universalRequestFromNodeRequest } from "@connectrpc/connect-node";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { CallObserver } from "../rpc/call-observer.ts";
import { CallRecord, recordKey, type ToSeen } from "../rpc/call-record.ts";
import { type Payloads, payloadsKey, payloadsOf } from "../rpc/payloads.ts";
import type { Refuse } from "../rpc/refusal.ts";
import { traceParentOf } from "../rpc/request-id.ts";
import { dropEndlessTimeouts } from "../rpc/timeouts.ts";
import type { UnaryRpc } from "../rpc/unary-rpc.ts";
import type { Rpcs } from "../rpc/wiring.ts";
import { continued, counted, isPlainJson, kept, utf8 } from "./request-body.ts";
import { RequestBytes } from "./request-bytes.ts";
import { readRestAfter, streamOf } from "./request-rest.ts";
import { serveUnary } from "./unary-call.ts";
import { unaryForm } from "./unary-form.ts";
import { allowedMethods, unfitRequest } from "./unfit.ts";
import { writeUniversal } from "./universal-answer.ts";

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
 * Mounts the RPCs. Connect's handlers not by @connectrpc/connect-fastify: that logs to
 * the console, and the record of a call has to see when its answer has left.
 */
export function mountRpcs(app: FastifyInstance, { router, unary }: Rpcs, options: MountOptions): void {
  app.register(async (scope) => {
    // Connect reads bodies itself, of whatever type.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _body, done) => done(null));
    for (const handler of router.handlers) {
      scope.all(handler.requestPath, (request, reply) => {
        hijack(reply);
        void serve(handler, unary.get(handler.requestPath), request, reply, options);
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
  await writeUniversal(
    status === undefined || answer.status === 200 ? answer : { ...answer, status },
    reply,
    record,
  );
}

async function serve(
  handler: Handler,
  unary: UnaryRpc | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
  options: MountOptions,
): Promise<void> {
  const { raw } = request;
  const record = recordOf(request, reply, options, handler.method);
  const payloads = payloadsOf(handler.method, raw.headers["content-type"] ?? "", options.readMaxBytes);
  const source = new RequestBytes(raw, payloads?.incoming !== undefined);
  readRestAfter(reply.raw, raw, source);
  const limitMs = takesOne(handler.method) ? options.requestMs : 0;
  const body = counted(kept(source, record, limitMs), (bytes) => {
    record.bytesIn += bytes;
  });
  try {
    const form = unary && unaryForm(raw);
    const call = unary && form && { rpc: unary, form, request, reply, record, body, refuse: options.refuse };
    const begun = call && (await serveUnary(call));
    if (call === undefined || begun !== undefined) {
      const bytes = begun ? continued(begun, body) : body;
      await serveByConnect(handler, request, reply, record, bytes, payloads, options);
    }
  } catch (error) {
    record.fail(error);
    reply.raw.destroy();
  }
}

async function serveByConnect(
  handler: Handler,
  request: FastifyRequest,
  reply: FastifyReply,
  record: CallRecord,
  bytes: AsyncIterable<Uint8Array>,
  payloads: Payloads | undefined,
  { refuse, stalledMs }: MountOptions,
): Promise<void> {
  const { method, headers } = request;
  const values = createContextValues().set(recordKey, record).set(payloadsKey, payloads);
  const call = universalRequestFromNodeRequest(request.raw, reply.raw, undefined, values);
  dropEndlessTimeouts(call.header);
  const body = isPlainJson(headers) ? utf8(bytes, record) : bytes;
  let answer = await handler({ ...call, body: payloads?.incoming?.slice(body) ?? body });
  if (answer.status >= 400 && answer.body === undefined) {
    // Not the protocol's business, so Connect leaves it bare; people who try curl want words.
    const fault = unfitRequest(handler.method, method, headers["content-type"]);
    if (answer.status === 405) {
      reply.raw.setHeader("allow", allowedMethods(handler.method));
    }
    const { body, header } = await refuse("", record.fail(fault));
    // As application/json it would be an error of the RPC to Connect's clients, and nonsense to gRPC's;
    // they go by the status (RFC 9457).
    header?.set("content-type", "application/problem+json");
    answer = { ...answer, ...(header && { header }), ...(body && { body }) };
  }
  await writeUniversal(answer, reply, record, payloads, stalledMs);
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
