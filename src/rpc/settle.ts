import type { Interceptor } from "@connectrpc/connect";
import { type CallRecord, recordKey } from "./call-record.ts";
import { withoutSecrets } from "./secret-fields.ts";

/**
 * Ends every call once and in one way: its errors get their details, its messages
 * are counted, and a deadline, a caller that went away or a shutdown ends it even
 * if the handler does not listen to its signal.
 */
export const settle: Interceptor = (next) => async (request) => {
  const record = request.contextValues.get(recordKey);
  if (record === undefined) {
    throw new Error("the call has no record");
  }
  try {
    if (!request.stream) {
      return await unlessAborted(next(request), request.signal, record);
    }
    record.messagesIn = 0;
    record.messagesOut = 0;
    const counted = { ...request, message: counting(request.message, record) };
    const response = await unlessAborted(next(counted), request.signal, record);
    return response.stream
      ? { ...response, message: settling(response.message, request.signal, record) }
      : response;
  } catch (error) {
    throw record.fail(request.stream ? error : withoutSecrets(error, request.method.input, request.message));
  }
};

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, record: CallRecord): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    reject(signal.reason);
    // What the handler does from here on concerns the caller no more, but a defect must not get lost.
    work.catch((error: unknown) => record.fail(error));
  };
  if (signal.aborted) {
    onAbort();
  }
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function settling<T>(messages: AsyncIterable<T>, signal: AbortSignal, record: CallRecord): AsyncIterable<T> {
  const iterator = messages[Symbol.asyncIterator]();
  let isDone = false;
  const leave = async (): Promise<void> => {
    record.isLeft = !isDone;
    await iterator.return?.().catch((error: unknown) => record.fail(error));
  };
  const outgoing: AsyncIterator<T> = {
    async next() {
      try {
        const result = await unlessAborted(iterator.next(), signal, record);
        isDone = result.done === true;
        if (!isDone) {
          record.messagesOut = (record.messagesOut ?? 0) + 1;
        }
        return result;
      } catch (error) {
        // Not awaited: a handler that does not listen would hold the answer back.
        void leave();
        throw record.fail(error);
      }
    },
    async return(value) {
      await leave();
      return { done: true, value };
    },
    async throw(error) {
      await leave();
      throw error;
    },
  };
  return { [Symbol.asyncIterator]: () => outgoing };
}

function counting<T>(messages: AsyncIterable<T>, record: CallRecord): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = messages[Symbol.asyncIterator]();
      return {
        async next() {
          const result = await iterator.next();
          if (!result.done) {
            record.messagesIn = (record.messagesIn ?? 0) + 1;
          }
          return result;
        },
        async return(value) {
          await iterator.return?.();
          return { done: true, value };
        },
      };
    },
  };
}
