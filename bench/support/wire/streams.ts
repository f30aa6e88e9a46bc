import { token } from "../processes.ts";
import { EnvelopeCounter, type Sink } from "./counters.ts";
import { grpc } from "./grpc.ts";
import { http1, writeAgain } from "./http1.ts";
import type { Pace } from "./pace.ts";

/** The protocols of Oaktree. */
export type Protocol = "gRPC" | "gRPC-Web" | "Connect";

/** What may differ between transfers. */
export interface TransferOptions {
  /** How fast the client is. */
  readonly pace?: Pace;
  /** Largest frame of HTTP/2 that it takes. */
  readonly maxFrame?: number;
  /** Its receive windows of HTTP/2. */
  readonly window?: number;
}

/** One stream of bytes through Oaktree. */
export interface Stream extends TransferOptions {
  readonly port: number;
  readonly protocol: Protocol;
  readonly path: string;
  /** The first message, without its envelope. */
  readonly first: Uint8Array;
  /** How many bytes there are. */
  readonly size: number;
}

const mebibyte = 1024 * 1024;
const types = { "gRPC-Web": "application/grpc-web+proto", Connect: "application/connect+proto" } as const;
const authorization = `Bearer ${token}`;

/** The tag of the field that brings a download's bytes: the second one, of images as of objects. */
const dataTag = 0x12;

/** Reads a download. @throws Error when other than `size` bytes come. */
export async function receive({
  port,
  protocol,
  path,
  first: message,
  size,
  ...options
}: Stream): Promise<void> {
  const first = envelope(message);
  const counter = new EnvelopeCounter(dataTag);
  const sink = counter.take;
  if (protocol === "gRPC") {
    await grpc({ port, path, first, sink, headers: { authorization }, ...options });
  } else {
    const headers = {
      authorization,
      "content-type": types[protocol],
      "content-length": String(first.length),
    };
    const write = async (socket: { write(bytes: Uint8Array): boolean }) => void socket.write(first);
    await http1({ port, path, method: "POST", headers, sink, send: write, ...options });
  }
  if (counter.payload !== size) {
    throw new Error(`${protocol}: ${counter.payload} bytes came instead of ${size}`);
  }
}

/** Sends an upload: `data`, a message with 1 MiB, again and again. @throws Error when no message answers. */
export async function send({
  port,
  protocol,
  path,
  size,
  pace,
  ...messages
}: Stream & { readonly data: Uint8Array }): Promise<void> {
  const first = envelope(messages.first);
  const data = envelope(messages.data);
  const times = size / mebibyte;
  // The first message of the answer; a refusal has none.
  const counter = new EnvelopeCounter(0);
  let answered = false;
  const sink: Sink = (buffer, start, end) => {
    counter.take(buffer, start, end);
    answered ||= counter.messages > 0 && counter.flags === 0;
  };
  const headers = { authorization };
  if (protocol === "gRPC") {
    await grpc({ port, path, first, sink, headers, again: { parts: [data], times, ...(pace && { pace }) } });
  } else {
    await http1({
      port,
      path,
      method: "POST",
      headers: { ...headers, "content-type": types[protocol], "transfer-encoding": "chunked" },
      sink,
      send: async (socket) => {
        await writeAgain(socket, chunk(first), 1);
        await writeAgain(socket, chunk(data), times, pace);
        socket.write("0\r\n\r\n");
      },
    });
  }
  if (!answered) {
    throw new Error(`${protocol}: the upload was refused`);
  }
}

function envelope(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function chunk(bytes: Uint8Array): Uint8Array[] {
  return [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")];
}
