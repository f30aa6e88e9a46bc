import { Fault } from "../cloud/fault.ts";
import type { PassingBytes } from "../wire/passing-bytes.ts";

/** One message of an upload: what it is about, or bytes. */
interface UploadMessage {
  readonly part: { readonly case: string | undefined; readonly value?: object | undefined };
}

/**
 * Takes an upload's stream apart: its first message, with what it is about under
 * `head`, and the bytes of all others, each good until the next are asked for.
 *
 * @throws Fault `INVALID_REQUEST` for messages out of order.
 */
export async function uploadStream<M extends UploadMessage>(
  requests: AsyncIterable<M>,
  head: string,
): Promise<{ first: M; bytes: AsyncIterable<PassingBytes> }> {
  const messages = requests[Symbol.asyncIterator]();
  const first = await messages.next();
  if (first.done === true || first.value.part.case !== head) {
    throw misplaced(`the first message must have ${head}`);
  }
  return { first: first.value, bytes: bytesOf(messages, head) };
}

/** Bytes that are there already, as a stream. */
export async function* once(data: Uint8Array): AsyncGenerator<Uint8Array> {
  yield data;
}

async function* bytesOf<M extends UploadMessage>(
  messages: AsyncIterator<M>,
  head: string,
): AsyncGenerator<PassingBytes> {
  for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
    const { part } = next.value;
    if (part.case !== "data" || !(part.value instanceof Uint8Array)) {
      throw misplaced(`only the first message may have ${head}, and all others must have data`);
    }
    yield part.value;
  }
}

function misplaced(description: string): Fault {
  return new Fault("INVALID_REQUEST", description, { fields: [{ field: "part", description }] });
}
