import { create, toBinary } from "@bufbuild/protobuf";
import {
  DownloadImageRequestSchema,
  UploadImageRequestSchema,
} from "../../../src/gen/oaktree/v1/image_pb.js";
import { imageId } from "../canned-glance.ts";
import { token } from "../processes.ts";
import { EnvelopeCounter } from "./counters.ts";
import { type GrpcCall, grpc } from "./grpc.ts";
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
  /** The image's name or id. */
  readonly image?: string;
}

const mebibyte = 1024 * 1024;
const types = { "gRPC-Web": "application/grpc-web+proto", Connect: "application/connect+proto" } as const;
const authorization = `Bearer ${token}`;

/** Downloads an image through Oaktree. @throws Error when other than `size` bytes come. */
export async function download(
  port: number,
  protocol: Protocol,
  size: number,
  { image = imageId, ...options }: TransferOptions = {},
): Promise<void> {
  const path = "/oaktree.v1.ImageService/DownloadImage";
  const first = envelope(
    toBinary(DownloadImageRequestSchema, create(DownloadImageRequestSchema, { nameOrId: image })),
  );
  const counter = new EnvelopeCounter(0x12);
  const sink = counter.take;
  if (protocol === "gRPC") {
    await grpc({ port, path, first, sink, headers: { authorization }, ...options });
  } else {
    const headers = {
      authorization,
      "content-type": types[protocol],
      "content-length": String(first.length),
    };
    const send = async (socket: { write(bytes: Uint8Array): boolean }) => void socket.write(first);
    await http1({ port, path, method: "POST", headers, sink, send, ...options });
  }
  if (counter.payload !== size) {
    throw new Error(`${protocol}: ${counter.payload} bytes came instead of ${size}`);
  }
}

/** Uploads an image through Oaktree, in messages of 1 MiB. @throws Error when it is not answered with a message. */
export async function upload(
  port: number,
  protocol: Protocol,
  size: number,
  { pace, name = "bench" }: TransferOptions & { name?: string } = {},
): Promise<void> {
  const path = "/oaktree.v1.ImageService/UploadImage";
  const image = { name, diskFormat: "raw", sizeBytes: BigInt(size) };
  const first = envelope(
    toBinary(
      UploadImageRequestSchema,
      create(UploadImageRequestSchema, { part: { case: "image", value: image } }),
    ),
  );
  const data = envelope(
    toBinary(
      UploadImageRequestSchema,
      create(UploadImageRequestSchema, { part: { case: "data", value: new Uint8Array(mebibyte) } }),
    ),
  );
  const times = size / mebibyte;
  // The first message of the answer; a refusal has none.
  const counter = new EnvelopeCounter(0);
  let answered = false;
  const sink: GrpcCall["sink"] = (buffer, start, end) => {
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

/** GETs bytes. */
export async function get(port: number, path: string, size: number, headers = {}): Promise<void> {
  let count = 0;
  const sink: GrpcCall["sink"] = (_buffer, start, end) => {
    count += end - start;
  };
  await http1({ port, path, method: "GET", headers, sink });
  if (count !== size) {
    throw new Error(`${count} bytes came instead of ${size}`);
  }
}

/** PUTs bytes, in writes of 1 MiB. */
export async function put(port: number, path: string, size: number, headers = {}): Promise<void> {
  const part = new Uint8Array(mebibyte);
  await http1({
    port,
    path,
    method: "PUT",
    headers: { "content-length": String(size), ...headers },
    sink: () => {},
    send: (socket) => writeAgain(socket, [part], size / mebibyte),
  });
}

function envelope(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function chunk(bytes: Uint8Array): Uint8Array[] {
  return [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")];
}
