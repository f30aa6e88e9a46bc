import type { ServerResponse } from "node:http";
import type { Message } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { CallRecord } from "../rpc/call-record.ts";
import type { Refuse } from "../rpc/refusal.ts";
import { UnaryContext } from "../rpc/unary-context.ts";
import type { UnaryRpc } from "../rpc/unary-rpc.ts";
import { framed, headBytes, messageIn, type UnaryAnswer, type UnaryForm } from "./unary-form.ts";
import { writeUniversal } from "./universal-answer.ts";

/** One call, and what it is served with. */
export interface UnaryCall {
  /** Its RPC. */
  readonly rpc: UnaryRpc;
  /** How it is written. */
  readonly form: UnaryForm;
  /** What came. */
  readonly request: FastifyRequest;
  /** Where the answer goes. */
  readonly reply: FastifyReply;
  /** What is noted of it. */
  readonly record: CallRecord;
  /** The pieces of its body. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Says no in the words of its protocol. */
  readonly refuse: Refuse;
}

/**
 * Serves a call of a unary RPC from its request to its answer, or what stands in its place.
 *
 * @returns the bytes that were read, where the call is not served: its body is not one message
 *   that can be read, and Connect has the words for what it is instead.
 */
export async function serveUnary(call: UnaryCall): Promise<Uint8Array[] | undefined> {
  const { rpc, form, request, reply, record, body } = call;
  const { raw } = request;
  const context = new UnaryContext({
    method: rpc.method,
    protocolName: form.protocol,
    url: raw.url ?? "/",
    headers: raw.headers,
    record,
    timeoutMs: form.timeoutMs,
    shutdownSignal: rpc.endCalls,
  });
  // Before the record of the call is closed, which happens on the same event.
  reply.raw.prependOnceListener("close", () => context.leave());
  try {
    await rpc.admit(context, { get: (name) => joined(raw.headers[name]) });
    const pieces = await piecesOf(body, rpc.readMaxBytes);
    const message = decoded(pieces, rpc, form);
    if (message === undefined) {
      return pieces;
    }
    const said = rpc.encode(await rpc.call(message, context), form.isJson);
    const { ownHeader, ownTrailer } = context;
    write(await framed(said, form, ownHeader, ownTrailer), reply.raw, record);
  } catch (error) {
    const seen = record.fail(error);
    // What still works for the call is to hear of it at once.
    context.end();
    if (!reply.raw.destroyed) {
      await writeUniversal(await refused(seen, context, call), reply, record);
    }
  } finally {
    context.end();
  }
  return undefined;
}

/** The pieces of a body, as many as are needed to see that it is too large. */
async function piecesOf(body: AsyncIterable<Uint8Array>, readMaxBytes: number): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const iterator = body[Symbol.asyncIterator]();
  for (let size = 0; size <= readMaxBytes + headBytes; ) {
    const { done, value } = await iterator.next();
    if (done) {
      break;
    }
    pieces.push(value);
    size += value.byteLength;
  }
  return pieces;
}

function decoded(pieces: readonly Uint8Array[], rpc: UnaryRpc, form: UnaryForm): Message | undefined {
  const [first] = pieces;
  const bytes = messageIn(pieces.length === 1 && first ? first : Buffer.concat(pieces), form);
  if (bytes === undefined || bytes.length > rpc.readMaxBytes) {
    return undefined;
  }
  try {
    return rpc.decode(bytes, form.isJson);
  } catch {
    return undefined;
  }
}

function write({ header, body, trailer }: UnaryAnswer, response: ServerResponse, record: CallRecord): void {
  // The caller may go meanwhile; the answer's close tells.
  response.on("error", () => undefined);
  record.bytesOut += body.length;
  if (trailer !== undefined) {
    response.addTrailers(trailer);
  }
  response.writeHead(200, header);
  response.end(body);
}

/** An error in the words of the protocol, with what the implementation had set beside it. */
async function refused(
  error: ConnectError,
  { ownHeader, ownTrailer }: UnaryContext,
  { form, refuse, request }: UnaryCall,
): Promise<UniversalServerResponse> {
  const isConnect = form.protocol === "connect";
  if (!isConnect) {
    for (const [name, value] of ownTrailer ?? []) {
      error.metadata.append(name, value);
    }
  }
  const answer = await refuse(request.headers["content-type"] ?? "", error);
  for (const [name, value] of ownHeader ?? []) {
    answer.header?.append(name, value);
  }
  for (const [name, value] of (isConnect && ownTrailer) || []) {
    answer.header?.append(`trailer-${name}`, value);
  }
  return answer;
}

function joined(given: string | string[] | undefined): string | null {
  return typeof given === "string" ? given : (given?.join(", ") ?? null);
}
