import { createHash } from "node:crypto";
import { type SwiftCall, SwiftError } from "./call.ts";
import { limits } from "./metadata.ts";

/** Bytes that came in, and what is known of them. */
export interface Received {
  readonly bytes: readonly Buffer[];
  readonly size: number;
  readonly etag: string;
}

/**
 * Takes bytes in. What is on its way counts against the bound, so that uploads at
 * once keep to it too; who gives up an object takes its size off again.
 */
export async function received(
  call: SwiftCall,
  chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<Received> {
  const { state } = call;
  const md5 = createHash("md5");
  const bytes: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of chunks) {
      size += chunk.length;
      state.objectBytesUsed += chunk.length;
      if (size > limits.max_file_size) {
        throw new SwiftError(413);
      }
      if (state.objectBytesUsed > state.objectBytes) {
        throw new SwiftError(413, "Upload exceeds quota.");
      }
      md5.update(chunk);
      bytes.push(chunk);
    }
  } catch (error) {
    state.objectBytesUsed -= size;
    throw error;
  }
  return { bytes, size, etag: md5.digest("hex") };
}

/** The same bytes once more, counted anew. @throws SwiftError 413. */
export function again(call: SwiftCall, { bytes, size, etag }: Received): Received {
  const { state } = call;
  if (state.objectBytesUsed + size > state.objectBytes) {
    throw new SwiftError(413, "Upload exceeds quota.");
  }
  state.objectBytesUsed += size;
  return { bytes, size, etag };
}
