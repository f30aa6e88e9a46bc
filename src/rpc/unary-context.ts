import type { IncomingHttpHeaders } from "node:http";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import { type CallRecord, recordKey } from "./call-record.ts";

/** What a call has that is served without Connect. */
export interface UnaryContextOptions {
  /** Its RPC. */
  readonly method: DescMethod;
  /** `grpc`, `grpc-web` or `connect`. */
  readonly protocolName: string;
  /** Path and query of its URL. */
  readonly url: string;
  /** Its headers, as Node has them. */
  readonly headers: IncomingHttpHeaders;
  /** What is noted of it. */
  readonly record: CallRecord;
  /** How long it may take, in milliseconds; for ever if left out. */
  readonly timeoutMs: number | undefined;
  /** Ends it at shutdown. */
  readonly shutdownSignal: AbortSignal;
}

/** Why the signal of a call is aborted that has ended well; Node would make an error with its stack for each. */
export const over = new DOMException("The call is over", "AbortError");

/**
 * The context of a call that is served without Connect. Objects for headers are
 * made when somebody asks for them, for hardly any call needs them.
 */
export class UnaryContext implements HandlerContext {
  readonly method: DescMethod;
  readonly service: DescService;
  readonly requestMethod = "POST";
  readonly protocolName: string;
  readonly url: string;
  readonly signal: AbortSignal;
  readonly values: ContextValues;
  /** What the implementation set, if it did. */
  ownHeader: Headers | undefined;
  /** What the implementation set, if it did. */
  ownTrailer: Headers | undefined;
  #requestHeader: Headers | undefined;

  readonly #headers: IncomingHttpHeaders;
  readonly #record: CallRecord;
  readonly #controller = new AbortController();
  readonly #shutdown: AbortSignal;
  readonly #deadline: number | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** Starts its clock. */
  constructor({
    method,
    protocolName,
    url,
    headers,
    record,
    timeoutMs,
    shutdownSignal,
  }: UnaryContextOptions) {
    this.method = method;
    this.service = method.parent;
    this.protocolName = protocolName;
    this.url = url;
    this.signal = this.#controller.signal;
    this.values = createContextValues().set(recordKey, record);
    this.#headers = headers;
    this.#record = record;
    this.#shutdown = shutdownSignal;
    if (timeoutMs !== undefined) {
      this.#deadline = Date.now() + timeoutMs;
      const late = () => this.abort(new ConnectError("the operation timed out", Code.DeadlineExceeded));
      if (timeoutMs <= 0) {
        late();
      } else {
        this.#timer = setTimeout(late, timeoutMs);
      }
    }
    if (shutdownSignal.aborted) {
      this.abort(shutdownSignal.reason);
    } else {
      shutdownSignal.addEventListener("abort", this.#onShutdown);
    }
  }

  /** How long it may still take, in milliseconds. */
  readonly timeoutMs = (): number | undefined =>
    this.#deadline === undefined ? undefined : this.#deadline - Date.now();

  /** Its headers as an object of the web's. */
  get requestHeader(): Headers {
    if (this.#requestHeader === undefined) {
      this.#requestHeader = new Headers();
      for (const [name, value] of Object.entries(this.#headers)) {
        // HTTP/2's own, such as :path, are no names of headers.
        if (value !== undefined && !name.startsWith(":")) {
          for (const one of typeof value === "string" ? [value] : value) {
            this.#requestHeader.append(name, one);
          }
        }
      }
    }
    return this.#requestHeader;
  }

  /** Headers of the answer. */
  get responseHeader(): Headers {
    this.ownHeader ??= new Headers();
    return this.ownHeader;
  }

  /** Trailers of the answer. */
  get responseTrailer(): Headers {
    this.ownTrailer ??= new Headers();
    return this.ownTrailer;
  }

  /** Ends it before its time, and notes why. */
  abort(reason: unknown): void {
    if (!this.#isOver) {
      this.#record.fail(reason);
      this.#close(reason);
      this.#record.stop(reason);
    }
  }

  /** The caller went away, if it has not ended by then. */
  leave(): void {
    if (!this.#isOver) {
      this.abort(new DOMException("the caller went away", "AbortError"));
    }
  }

  /** It has ended by itself. */
  end(): void {
    if (!this.#isOver) {
      this.#close(over);
    }
  }

  #close(reason: unknown): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#shutdown.removeEventListener("abort", this.#onShutdown);
    this.#controller.abort(reason);
  }

  readonly #onShutdown = (): void => this.abort(this.#shutdown.reason);
}
