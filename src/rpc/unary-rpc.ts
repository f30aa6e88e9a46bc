import {
  create,
  type DescMethod,
  type DescMethodUnary,
  fromBinary,
  fromJsonString,
  type Message,
  type MessageInitShape,
  type Registry,
} from "@bufbuild/protobuf";
import type {
  HandlerContext,
  Interceptor,
  MethodImpl,
  UnaryRequest,
  UnaryResponse,
} from "@connectrpc/connect";
import { binaryOf } from "../answer/binary.ts";
import { jsonOf } from "../answer/json.ts";
import type { HeaderReader } from "./caller.ts";
import type { Admit } from "./gate.ts";
import type { UnaryContext } from "./unary-context.ts";

/** What holds for all unary RPCs of a server. */
export interface UnaryRpcOptions {
  /** Lets callers in. */
  readonly admit: Admit;
  /** The first is the outermost. */
  readonly interceptors: readonly Interceptor[];
  /** Ends all calls. */
  readonly endCalls: AbortSignal;
  /** The largest message that a caller may send, in bytes. */
  readonly readMaxBytes: number;
  /** The messages that may stand in an `Any`, which JSON spells out; none if left out. */
  readonly registry?: Registry | undefined;
}

/** JSON is UTF-8 (RFC 8259, section 8.1). */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * A unary RPC without Connect around it. Connect's handlers make a stream of the one
 * request and of that a stream of the one answer, in steps that together cost more
 * than all else that a small call does. Here is what lies between the steps: the gate,
 * the interceptors and the implementation, the same as behind Connect.
 */
export class UnaryRpc {
  /** Its description. */
  readonly method: DescMethod;
  /** Ends all calls. */
  readonly endCalls: AbortSignal;
  /** The largest message that a caller may send, in bytes. */
  readonly readMaxBytes: number;
  readonly #admit: Admit;
  readonly #interceptors: readonly Interceptor[];
  readonly #registry: Registry | undefined;
  readonly #implementation: (request: Message, context: HandlerContext) => Promise<MessageInitShape<never>>;

  /** Serves a method by its implementation. */
  constructor(
    method: DescMethodUnary,
    implementation: MethodImpl<DescMethodUnary>,
    options: UnaryRpcOptions,
  ) {
    this.method = method;
    this.endCalls = options.endCalls;
    this.readMaxBytes = options.readMaxBytes;
    this.#admit = options.admit;
    this.#interceptors = options.interceptors.toReversed();
    this.#registry = options.registry;
    this.#implementation = implementation as never;
  }

  /** Lets the caller in. @throws ConnectError */
  admit(context: UnaryContext, headers: HeaderReader): Promise<void> {
    return this.#admit(context, headers);
  }

  /** Reads a request. @throws Error when it is none. */
  decode(bytes: Uint8Array, isJson: boolean): Message {
    const { input } = this.method;
    return isJson
      ? fromJsonString(input, utf8.decode(bytes), this.#registry && { registry: this.#registry })
      : fromBinary(input, bytes);
  }

  /** Runs the interceptors and the implementation. @throws Error for whatever reason */
  async call(message: Message, context: UnaryContext): Promise<Message> {
    const { method, service } = context;
    const run = async (request: { message: Message }): Promise<UnaryResponse> => ({
      stream: false,
      service,
      method: method as DescMethodUnary,
      message: create(method.output, await this.#implementation(request.message, context)),
      get header() {
        return context.responseHeader;
      },
      get trailer() {
        return context.responseTrailer;
      },
    });
    const request: UnaryRequest = {
      stream: false,
      service,
      method: method as DescMethodUnary,
      requestMethod: context.requestMethod,
      url: context.url,
      signal: context.signal,
      contextValues: context.values,
      message,
      get header() {
        return context.requestHeader;
      },
    };
    let next = run as ReturnType<Interceptor>;
    for (const interceptor of this.#interceptors) {
      next = interceptor(next);
    }
    return (await next(request)).message as Message;
  }

  /** Writes an answer. @throws Error when it does not fit its type. */
  encode(answer: Message, isJson: boolean): Uint8Array<ArrayBuffer> {
    const { output } = this.method;
    return isJson ? jsonOf(output, answer, this.#registry) : binaryOf(output, answer);
  }
}
