import type { DescMethod, Message } from "@bufbuild/protobuf";
import { type ContextKey, createContextKey, type HandlerContext, type MethodImpl } from "@connectrpc/connect";
import { IncomingPayloads } from "../transfer/incoming-payloads.ts";
import { OutgoingPayloads } from "../transfer/outgoing-payloads.ts";
import { PayloadField } from "../transfer/payload-field.ts";

/**
 * The largest message that a caller may send, compressed or not. Unary requests
 * are held in memory as a whole: with HTTP/2's stream limit this bounds what one
 * connection can pin. 4 MiB is the limit of gRPC libraries for what they receive.
 */
export const defaultReadMaxBytes = 4 * 1024 * 1024;

/** The payloads of one call that bypass its messages. */
export interface Payloads {
  /** Those of its requests, on an RPC that takes them. */
  readonly incoming?: IncomingPayloads;
  /** Those of its answers, on an RPC that streams them. */
  readonly outgoing?: OutgoingPayloads;
}

/** Where the payloads of a call are kept while Connect handles it. */
export const payloadsKey: ContextKey<Payloads | undefined> = createContextKey<Payloads | undefined>(
  undefined,
  { description: "the call's payloads" },
);

/** The types of streams whose messages are protobuf's binary form, in the words that clients use. */
const binaryStreams: ReadonlySet<string> = new Set([
  "application/grpc",
  "application/grpc+proto",
  "application/grpc-web",
  "application/grpc-web+proto",
  "application/connect+proto",
]);

/** Makes the place for the payloads of a call. Undefined where they go with their messages. */
export function payloadsOf(
  method: DescMethod,
  contentType: string,
  readMaxBytes = defaultReadMaxBytes,
): Payloads | undefined {
  if (!binaryStreams.has(contentType)) {
    return undefined;
  }
  const { incoming, outgoing } = fieldsOf(method);
  return incoming || outgoing
    ? {
        ...(incoming && { incoming: new IncomingPayloads(incoming, readMaxBytes) }),
        ...(outgoing && { outgoing: new OutgoingPayloads(outgoing) }),
      }
    : undefined;
}

/** Gives an implementation the payloads of its requests, and takes those of its answers. */
export function withPayloads<M extends DescMethod>(implementation: MethodImpl<M>): MethodImpl<M> {
  // What is a stream follows from the method, which nothing here looks at.
  const untyped = implementation as (request: unknown, context: HandlerContext) => unknown;
  return ((request: unknown, context: HandlerContext) => {
    const { incoming, outgoing } = context.values.get(payloadsKey) ?? {};
    const answer = untyped(incoming ? incoming.restore(request as AsyncIterable<Message>) : request, context);
    if (outgoing === undefined) {
      return answer;
    }
    outgoing.signal = context.signal;
    return outgoing.divert(answer as AsyncIterable<Message>);
  }) as MethodImpl<M>;
}

interface Fields {
  readonly incoming?: PayloadField | undefined;
  readonly outgoing?: PayloadField | undefined;
}

const known = new WeakMap<DescMethod, Fields>();

function fieldsOf(method: DescMethod): Fields {
  let fields = known.get(method);
  if (fields === undefined) {
    const { methodKind, input, output } = method;
    const takes = methodKind === "client_streaming" || methodKind === "bidi_streaming";
    const gives = methodKind === "server_streaming" || methodKind === "bidi_streaming";
    fields = {
      incoming: takes ? PayloadField.of(input) : undefined,
      outgoing: gives ? PayloadField.of(output) : undefined,
    };
    known.set(method, fields);
  }
  return fields;
}
