import {
  ConnectError,
  type ContextKey,
  type ContextValues,
  createContextKey,
  type HandlerContext,
} from "@connectrpc/connect";
import type { Caller } from "../cloud/region.ts";
import { type CallRecord, recordKey } from "./call-record.ts";
import type { Authenticate, HeaderReader } from "./caller.ts";
import { over } from "./unary-context.ts";

/** Where the caller is kept while Connect handles a call. */
export const callerKey: ContextKey<Caller | undefined> = createContextKey<Caller | undefined>(undefined, {
  description: "the caller",
});

/** Lets a caller in, and notes who it is. @throws ConnectError */
export type Admit = (
  context: Pick<HandlerContext, "values" | "signal" | "service" | "method">,
  headers: HeaderReader,
) => Promise<void>;

/**
 * Makes the check that a call goes through when its headers are there and before any
 * of its body is read: who is not let in cannot make Oaktree hold a byte.
 *
 * @param isOpen whether the service needs no credential.
 */
export function createAdmit(authenticate: Authenticate, isOpen: (service: string) => boolean): Admit {
  return async ({ values, signal, service, method }, headers) => {
    const record = recordIn(values);
    try {
      signal.throwIfAborted();
      if (!isOpen(service.typeName)) {
        const caller = await authenticate(headers, method);
        record.caller = caller.label;
        values.set(callerKey, caller);
      }
    } catch (error) {
      throw record.fail(error);
    }
  };
}

/** Makes the check in the form in which Connect takes it. */
export function createGate(admit: Admit): (context: HandlerContext) => Promise<void> {
  return async (context) => {
    const record = recordIn(context.values);
    endWithoutStack(context);
    watch(context.signal, record);
    record.trailer = context.responseTrailer;
    await admit(context, context.requestHeader);
  };
}

function recordIn(values: ContextValues): CallRecord {
  const record = values.get(recordKey);
  if (record === undefined) {
    throw new Error("the call has no record");
  }
  return record;
}

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
