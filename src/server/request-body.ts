import type { IncomingHttpHeaders } from "node:http";
import { Fault } from "../cloud/fault.ts";
import type { CallRecord } from "../rpc/call-record.ts";

/**
 * The iterator as one that is not closed by who leaves it early, and that ends
 * with its call. Closing a request's iterator takes the request from its socket,
 * and nothing could read the rest. And Connect awaits a unary request's message
 * without a look at the deadline, which a body that never comes would outlast.
 *
 * @param limitMs how long the whole of it may take, in milliseconds; 0 for as long as it takes.
 */
export function kept<T>(iterator: AsyncIterator<T>, record: CallRecord, limitMs: number): AsyncIterable<T> {
  let waiting: ((reason: unknown) => void) | undefined;
  const late = (): void => {
    const words = `the request did not come within ${limitMs / 1000} seconds`;
    waiting?.(record.fail(new Fault("DEADLINE_EXCEEDED", words)));
  };
  const timer = limitMs > 0 ? setTimeout(late, limitMs).unref() : undefined;
  // One listener for all reads: one for each would gather on the signal.
  record.onEnd((reason) => {
    clearTimeout(timer);
    waiting?.(reason);
  });
  return {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise((resolve, reject) => {
          waiting = reject;
          iterator.next().then((result) => {
            if (result.done) {
              clearTimeout(timer);
            }
            resolve(result);
          }, reject);
        }),
    }),
  };
}

/** Whether the body is JSON, as it stands. */
export function isPlainJson({
  "content-type": type = "",
  "content-encoding": encoding,
}: IncomingHttpHeaders): boolean {
  return /^application\/json\b/i.test(type) && (encoding === undefined || encoding === "identity");
}

/** JSON is UTF-8 (RFC 8259, section 8.1). Connect would go on with U+FFFD in place of what is not. */
export async function* utf8(body: AsyncIterable<Uint8Array>, record: CallRecord): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const check = (bytes?: Uint8Array): void => {
    try {
      decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw record.fail(new Fault("INVALID_REQUEST", "the request is not UTF-8"));
    }
  };
  for await (const chunk of body) {
    check(chunk);
    yield chunk;
  }
  check();
}

/** Tells of the bytes as they pass. */
export function counted(
  body: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = body[Symbol.asyncIterator]();
      return {
        async next() {
          const result = await iterator.next();
          if (!result.done) {
            count(result.value.byteLength);
          }
          return result;
        },
        throw: (error) => iterator.throw?.(error) ?? Promise.reject(error),
        return: (value) => iterator.return?.(value) ?? Promise.resolve({ done: true, value }),
      };
    },
  };
}

/** Pieces that were read already, and what comes after them. */
export async function* continued(
  pieces: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* pieces;
  yield* rest;
}
