import { ConnectError, type ContextKey, createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { Caller } from "../cloud/region.ts";
import { type CallRecord, recordKey } from "./call-record.ts";
import type { Authenticate } from "./caller.ts";

/** Where the caller is kept while Connect handles a call. */
export const callerKey: ContextKey<Caller | undefined> = createContextKey<Caller | undefined>(undefined, {
  description: "the caller",
});

/**
 * Makes the check that Connect runs when a call's headers are there and before it
 * reads any of its body: who is not let in cannot make Oaktree hold a byte.
 *
 * @param isOpen whether the service needs no credential.
 */
export function createGate(
  authenticate: Authenticate,
  isOpen: (service: string) => boolean,
): (context: HandlerContext) => Promise<void> {
  return async (context) => {
    const record = context.values.get(recordKey);
    if (record === undefined) {
      throw new Error("the call has no record");
    }
    try {
      endWithoutStack(context);
      watch(context.signal, record);
      record.trailer = context.responseTrailer;
      context.signal.throwIfAborted();
      if (!isOpen(context.service.typeName)) {
        const caller = await authenticate(context.requestHeader, context.method);
        record.caller = caller.label;
        context.values.set(callerKey, caller);
      }
    } catch (error) {
      throw record.fail(error);
    }
  };
}

/** Why the signal of a call is aborted that has ended well. */
const over = new DOMException("The call is over", "AbortError");

/**
 * Connect aborts each call's signal when it has ended, mostly without a reason. Node
 * then makes one, an error with its stack: a tenth of what a small call costs.
 */
function endWithoutStack(context: HandlerContext & { abort?: (reason?: unknown) => void }): void {
  const abort = context.abort;
  if (abort !== undefined) {
    context.abort = (reason = over) => abort(reason);
  }
}

/**
 * Connect fails some calls before any interceptor runs, such as for a body that
 * does not parse. It aborts the call's signal with every such error before it
 * writes it, which is the moment to give it its details and to note it.
 */
function watch(signal: AbortSignal, record: CallRecord): void {
  signal.addEventListener(
    "abort",
    () => {
      const reason: unknown = signal.reason;
      record.stop(reason);
      // The signal is also aborted, without a reason, when a call has ended well.
      if (reason instanceof ConnectError) {
        reason.details = record.fail(reason).details;
      } else if (!(reason instanceof DOMException)) {
        record.fail(reason);
      }
    },
    { once: true },
  );
}
