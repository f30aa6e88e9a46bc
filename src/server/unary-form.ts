import type { IncomingMessage } from "node:http";
import type { Compression } from "@connectrpc/connect/protocol";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { timeoutOf } from "../rpc/timeouts.ts";

/** How a unary request is written, where it is as nearly all are. */
export interface UnaryForm {
  /** The protocol, as Connect names it. */
  readonly protocol: "connect" | "grpc" | "grpc-web";
  /** Whether its messages are JSON. */
  readonly isJson: boolean;
  /** Content type of the answer. */
  readonly answerType: string;
  /** How long the call may take, in milliseconds. */
  readonly timeoutMs: number | undefined;
  /** How a long answer may be compressed. */
  readonly compression: Compression | undefined;
}

type Kind = Pick<UnaryForm, "protocol" | "isJson" | "answerType">;

const connectJson: Kind = { protocol: "connect", isJson: true, answerType: "application/json" };
const grpcProto: Kind = { protocol: "grpc", isJson: false, answerType: "application/grpc+proto" };
const webProto: Kind = { protocol: "grpc-web", isJson: false, answerType: "application/grpc-web+proto" };

/** By the content types that clients send; the odder ones that the protocols allow are Connect's. */
const kinds: ReadonlyMap<string, Kind> = new Map([
  ["application/json", connectJson],
  ["application/json; charset=utf-8", connectJson],
  ["application/json;charset=utf-8", connectJson],
  ["application/proto", { protocol: "connect", isJson: false, answerType: "application/proto" }],
  ["application/grpc", grpcProto],
  ["application/grpc+proto", grpcProto],
  ["application/grpc+json", { protocol: "grpc", isJson: true, answerType: "application/grpc+json" }],
  ["application/grpc-web", webProto],
  ["application/grpc-web+proto", webProto],
  [
    "application/grpc-web+json",
    { protocol: "grpc-web", isJson: true, answerType: "application/grpc-web+json" },
  ],
]);

/** Shorter answers are not compressed, as Connect has it. */
const leastCompressed = 1024;

const compressions: readonly Compression[] = [compressionGzip, compressionBrotli];

/** The form of a request. Undefined where it is for Connect to say what is to be done. */
export function unaryForm({ method, headers, httpVersionMajor }: IncomingMessage): UnaryForm | undefined {
  const kind = kinds.get(headers["content-type"] ?? "");
  // gRPC needs trailers, which hardly any client reads from HTTP/1.1.
  if (kind === undefined || method !== "POST" || (kind.protocol === "grpc" && httpVersionMajor < 2)) {
    return undefined;
  }
  const isGrpc = kind.protocol !== "connect";
  const given = (grpc: string, connect: string): string | undefined => {
    const value = headers[isGrpc ? grpc : connect];
    return typeof value === "string" ? value : value?.join();
  };
  const timeout = given("grpc-timeout", "connect-timeout-ms");
  const timeoutMs = timeout === undefined ? undefined : timeoutOf(timeout, isGrpc);
  const encoding = given("grpc-encoding", "content-encoding");
  if (Number.isNaN(timeoutMs) || (encoding !== undefined && encoding !== "identity")) {
    return undefined;
  }
  const accepted = given("grpc-accept-encoding", "accept-encoding");
  return { ...kind, timeoutMs, compression: accepted === undefined ? undefined : compressionOf(accepted) };
}

/** The first that the caller accepts, which is what Connect takes. */
function compressionOf(accepted: string): Compression | undefined {
  for (const name of accepted.split(",")) {
    const found = compressions.find((compression) => compression.name === name.trim());
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/** Flags and length, which stand before each message of gRPC and gRPC-Web. */
export const headBytes = 5;

/** The one message of a request's body. Undefined where it is not one message as it stands. */
export function messageIn(body: Uint8Array, { protocol }: UnaryForm): Uint8Array | undefined {
  if (protocol === "connect") {
    return body;
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return body.length >= headBytes && body[0] === 0 && view.getUint32(1) === body.length - headBytes
    ? body.subarray(headBytes)
    : undefined;
}

/** An answer that is ready to leave. */
export interface UnaryAnswer {
  /** Its headers. */
  readonly header: Record<string, string>;
  /** Its body. */
  readonly body: Uint8Array;
  /** Its trailers, which only gRPC has outside the body. */
  readonly trailer: Record<string, string> | undefined;
}

/**
 * Frames an answer.
 *
 * @param ownHeader headers that the implementation set.
 * @param ownTrailer trailers that the implementation set.
 */
export async function framed(
  message: Uint8Array<ArrayBuffer>,
  { protocol, answerType, compression }: UnaryForm,
  ownHeader: Headers | undefined,
  ownTrailer: Headers | undefined,
): Promise<UnaryAnswer> {
  const header: Record<string, string> = { ...fieldsOf(ownHeader), "content-type": answerType };
  const used = message.length >= leastCompressed ? compression : undefined;
  const bytes = used === undefined ? message : await used.compress(message);
  if (protocol === "connect") {
    if (used !== undefined) {
      header["content-encoding"] = used.name;
    }
    for (const [name, value] of ownTrailer ?? []) {
      header[`trailer-${name}`] = value;
    }
    header["content-length"] = String(bytes.length);
    return { header, body: bytes, trailer: undefined };
  }
  if (compression !== undefined) {
    header["grpc-encoding"] = compression.name;
  }
  const trailer = { "grpc-status": "0", ...fieldsOf(ownTrailer) };
  if (protocol === "grpc") {
    return { header, body: framedBytes(used ? 1 : 0, bytes), trailer };
  }
  const lines = Object.entries(trailer).map(([name, value]) => `${name}: ${value}\r\n`);
  const last = framedBytes(trailerFlag, Buffer.from(lines.join("")));
  return { header, body: Buffer.concat([framedBytes(used ? 1 : 0, bytes), last]), trailer: undefined };
}

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md, trailers in the body */
const trailerFlag = 0x80;

function framedBytes(flags: number, bytes: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + bytes.length);
  frame[0] = flags;
  frame.writeUInt32BE(bytes.length, 1);
  frame.set(bytes, headBytes);
  return frame;
}

function fieldsOf(headers: Headers | undefined): Record<string, string> {
  return headers === undefined ? {} : Object.fromEntries(headers);
}
