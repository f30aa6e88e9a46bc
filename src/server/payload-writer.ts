import type { ServerResponse } from "node:http";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { Fault } from "../cloud/fault.ts";
import type { OutgoingPayloads } from "../transfer/outgoing-payloads.ts";
import { hold } from "../wire/passing-bytes.ts";

/** Bytes that may wait for the caller to take them: while one message leaves, the next one is read. */
const maxWaitingBytes = 1024 * 1024;

/** What the writing of one answer tells and heeds. */
export interface WriteOptions {
  /** Is told of what goes out. */
  readonly count: (bytes: number) => void;
  /** How long the caller may take nothing while bytes wait for it, in milliseconds. */
  readonly stalledMs: number;
}

/**
 * Writes an answer whose payloads bypassed its messages, and ends it. Each payload
 * goes out beside its head without being copied, and the next message is asked for
 * as soon as there is room for it.
 *
 * @throws Error when the caller went away. Fault `CALLER_STALLED` when it is there, but takes nothing.
 */
export async function writePayloads(
  answer: UniversalServerResponse,
  response: ServerResponse,
  payloads: OutgoingPayloads,
  { count, stalledMs }: WriteOptions,
): Promise<void> {
  const outlet = new Outlet(response, payloads.signal, stalledMs);
  const body = answer.body?.[Symbol.asyncIterator]();
  try {
    let next = await body?.next();
    response.writeHead(answer.status, Object.fromEntries(answer.header ?? []));
    for (; next !== undefined && next.done !== true; next = await body?.next()) {
      const envelope = payloads.swap(next.value);
      const parts = envelope === undefined ? [next.value] : [envelope.head, envelope.payload];
      for (const part of parts) {
        count(part.byteLength);
      }
      outlet.write(parts, envelope && hold(envelope.payload));
      await outlet.room();
    }
    if (answer.trailer) {
      response.addTrailers(Object.fromEntries(answer.trailer));
    }
    await outlet.end();
  } catch (error) {
    // What was not asked to end would wait for ever.
    void body?.throw?.(error).catch(() => undefined);
    throw error;
  } finally {
    outlet.close();
  }
}

/** The way out of one answer. */
class Outlet {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  #waiting = 0;
  #left = 0;
  #isEnded = false;
  #isClosed = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(response: ServerResponse, signal: AbortSignal | undefined, stalledMs: number) {
    this.#response = response;
    this.#signal = signal;
    this.#timer = setTimeout(() => this.#onStill(stalledMs), stalledMs).unref();
    response.on("error", this.#fail).on("close", this.#onClose);
    signal?.addEventListener("abort", this.#onAbort);
  }

  /** Hands parts on together. @param release called when they have left. */
  write(parts: readonly Uint8Array[], release?: () => void): void {
    const last = parts.length - 1;
    const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
    if (this.#waiting === 0) {
      this.#timer.refresh();
    }
    this.#waiting += size;
    this.#response.cork();
    for (const [index, part] of parts.entries()) {
      this.#response.write(part, index === last ? (error) => this.#written(size, error, release) : undefined);
    }
    this.#response.uncork();
  }

  /** Waits until there is room for more, or the call has ended. */
  async room(): Promise<void> {
    while (this.#failure === undefined && this.#waiting >= maxWaitingBytes && !this.#signal?.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }

  /** Waits until all has left. */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#response.end();
    while (this.#failure === undefined && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#response.off("close", this.#onClose);
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  #written(size: number, error: Error | null | undefined, release?: () => void): void {
    this.#waiting -= size;
    this.#left += size;
    this.#timer.refresh();
    release?.();
    if (error) {
      this.#failure ??= error;
    }
    this.#wake?.();
  }

  #onStill(stalledMs: number): void {
    if (this.#waiting > 0) {
      this.#fail(
        new Fault(
          "CALLER_STALLED",
          `the caller took no more bytes for ${stalledMs / 1000} seconds, after ${this.#left} bytes`,
        ),
      );
    } else {
      // It is not the caller that is waited for.
      this.#timer.refresh();
    }
  }

  readonly #fail = (error: unknown): void => {
    this.#failure ??= error;
    this.#wake?.();
  };

  readonly #onClose = (): void => {
    this.#isClosed = true;
    if (!this.#isEnded) {
      this.#fail(new DOMException("the caller went away", "AbortError"));
    }
    this.#wake?.();
  };

  readonly #onAbort = (): void => this.#wake?.();
}
