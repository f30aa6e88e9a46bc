import { Fault } from "../cloud/fault.ts";
import type { ByteAnswer } from "../cloud/region.ts";

/** A part of some bytes. */
export interface Range {
  /** First byte. */
  readonly offset: bigint;
  /** Most bytes. Unset: to the end. */
  readonly length?: bigint | undefined;
}

/** Whether it is all of them. */
export function isWhole({ offset, length }: Range): boolean {
  return offset === 0n && length === undefined;
}

/** The headers that ask for a part (RFC 9110, 14.2). */
export function rangeHeaders(range: Range): Record<string, string> {
  const { offset, length } = range;
  if (isWhole(range)) {
    return {};
  }
  return { range: `bytes=${offset}-${length === undefined ? "" : offset + length - 1n}` };
}

/** The fault for a part that begins after the end. */
export function beyondTheEnd(offset: bigint, size: bigint | undefined): Fault {
  const description = `is beyond the end${size === undefined ? "" : ` of ${size} bytes`}`;
  return new Fault("INVALID_REQUEST", `offset ${offset} ${description}`, {
    fields: [{ field: "offset", description }],
  });
}

/**
 * The wanted part of an answer. A service that does not know ranges answers 200
 * with everything; then the rest is left out here.
 */
export async function* partOf({ status, body }: ByteAnswer, range: Range): AsyncGenerator<Uint8Array> {
  let skip = status === 206 ? 0n : range.offset;
  let left = range.length;
  for await (const chunk of body) {
    const start = skip < chunk.length ? Number(skip) : chunk.length;
    skip -= BigInt(start);
    const fits = left === undefined || BigInt(chunk.length - start) <= left;
    const end = fits ? chunk.length : start + Number(left);
    if (end > start) {
      left = left === undefined ? undefined : left - BigInt(end - start);
      yield chunk.subarray(start, end);
    }
    if (left === 0n) {
      return;
    }
  }
}

/** Most bytes in one message: gRPC clients refuse messages of more than 4 MiB. */
const maxChunk = 1024 * 1024;

/** The bytes in pieces that fit into a message. */
export function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += maxChunk) {
    yield bytes.subarray(start, start + maxChunk);
  }
}
