import type { DescMessage, DescMethod, DescService, Message, MessageShape } from "@bufbuild/protobuf";
import type { Call } from "../cloud/region.ts";

/** Serves an RPC of one request and one response. */
export type UnaryHandler<I = Message, O = Message> = (request: I, call: Call) => Promise<O>;

/** Serves an RPC that streams its responses. */
export type ServerStreamHandler<I = Message, O = Message> = (request: I, call: Call) => AsyncIterable<O>;

/** Serves an RPC that takes a stream of requests. */
export type ClientStreamHandler<I = Message, O = Message> = (
  requests: AsyncIterable<I>,
  call: Call,
) => Promise<O>;

/** Serves one RPC, in the form that its method has. */
export type Handler = UnaryHandler | ServerStreamHandler | ClientStreamHandler;

/** Handlers by the full name of their RPC, such as `oaktree.v1.ComputeService.ListFlavors`. */
export type Handlers = ReadonlyMap<string, Handler>;

/** A unary handler with the types of its messages. */
export type UnaryHandlerOf<I extends DescMessage, O extends DescMessage> = UnaryHandler<
  MessageShape<I>,
  MessageShape<O>
>;

/** Handlers of some RPCs of a service, by their names in TypeScript, with the types of their messages. */
export type HandlersOf<S extends DescService> = {
  [Name in keyof S["method"]]?: HandlerOf<S["method"][Name]>;
};

type HandlerOf<M extends Pick<DescMethod, "methodKind">> = M extends {
  methodKind: infer Kind;
  input: infer I extends DescMessage;
  output: infer O extends DescMessage;
}
  ? Kind extends "unary"
    ? UnaryHandler<MessageShape<I>, MessageShape<O>>
    : Kind extends "server_streaming"
      ? ServerStreamHandler<MessageShape<I>, MessageShape<O>>
      : ClientStreamHandler<MessageShape<I>, MessageShape<O>>
  : never;

/** Names the handlers of a service in full, for the router. */
export function handlersOf<S extends DescService>(service: S, handlers: HandlersOf<S>): Handlers {
  const named = new Map<string, Handler>();
  for (const [localName, handler] of Object.entries(handlers)) {
    const method = service.method[localName];
    if (method !== undefined && handler !== undefined) {
      // The types of the messages were checked above; the router gives each handler those of its method.
      named.set(methodName(method), handler as unknown as Handler);
    }
  }
  return named;
}

/** The full name of an RPC, as in {@link Handlers}. */
export function methodName(method: DescMethod): string {
  return `${method.parent.typeName}.${method.name}`;
}
