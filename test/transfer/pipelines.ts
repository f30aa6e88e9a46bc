import type { DescMethod } from "@bufbuild/protobuf";
import { createConnectRouter, createContextValues } from "@connectrpc/connect";
import { compressionGzip } from "@connectrpc/connect-node";
import { type Payloads, payloadsKey, withPayloads } from "../../src/rpc/payloads.ts";

/** The protocols whose messages are binary. */
export const types = ["application/grpc", "application/grpc-web+proto", "application/connect+proto"] as const;

/** What came out of a call. */
export interface Outcome {
  readonly body: Buffer;
  readonly trailer: readonly [string, string][];
}

/** Runs a request through Connect, with its payloads in its messages or beside them. */
export async function run(
  method: DescMethod,
  handle: (request: never) => unknown,
  request: { type: string; body: AsyncIterable<Uint8Array>; readMaxBytes: number; encoding?: string },
  payloads?: Payloads,
): Promise<Outcome> {
  const { type, readMaxBytes, encoding } = request;
  const router = createConnectRouter({ readMaxBytes, acceptCompression: [compressionGzip] }).rpc(
    method,
    withPayloads(handle as never),
  );
  const [handler] = router.handlers;
  const answer = await handler?.({
    httpVersion: "2.0",
    url: `http://oaktree${handler.requestPath}`,
    method: "POST",
    header: new Headers({
      "content-type": type,
      ...(encoding && { "grpc-encoding": encoding, "connect-content-encoding": encoding }),
    }),
    body: payloads?.incoming?.slice(request.body) ?? request.body,
    signal: new AbortController().signal,
    contextValues: createContextValues().set(payloadsKey, payloads),
  });
  const parts: Uint8Array[] = [];
  for await (const chunk of answer?.body ?? []) {
    const swapped = payloads?.outgoing?.swap(chunk);
    parts.push(...(swapped ? [swapped.head, swapped.payload] : [chunk]));
  }
  return { body: Buffer.concat(parts), trailer: [...(answer?.trailer ?? [])] };
}

/** The envelope of a message. */
export function envelope(message: Uint8Array, flags = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5, flags);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

/** Bytes in pieces of these sizes, again and again. */
export async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const end = start + (sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** Pieces that are good until the next one is asked for: then their memory is filled with something else. */
export async function* passing(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    const memory = new Uint8Array(piece);
    yield memory;
    memory.fill(0xee);
  }
}

/** Sizes around every change of a head's length, to beyond 1 MiB. */
export const sizeClasses = [
  0, 1, 2, 120, 127, 128, 129, 130, 255, 256, 4096, 16_382, 16_383, 16_384, 16_385, 65_536, 262_144,
  1_048_575, 1_048_576, 1_048_577, 2_097_150, 2_097_151, 2_097_152, 2_097_153,
] as const;

/** Bytes that differ along the way, so that none can take the place of another. */
export function pattern(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0, value = seed; index < size; index += 1) {
    value = (value * 1103515245 + 12345) & 0x7fffffff;
    bytes[index] = value >> 16;
  }
  return bytes;
}
