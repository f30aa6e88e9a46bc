import type { PassingBytes } from "../wire/passing-bytes.ts";
import type { Clock } from "./clock.ts";
import { Fault } from "./fault.ts";
import type { CallScope } from "./region.ts";
import { stopFault } from "./scope.ts";
import { metadataOf, type Upstream } from "./upstream-fault.ts";

/** What a transfer waits for. */
type Turn = "caller gives" | "cloud takes" | "cloud answers" | "cloud gives" | "caller takes";

/**
 * One transfer of bytes. It may last any time, but must not stand still: whose turn
 * it was then is to blame.
 */
export class Transfer {
  /** Aborts when the call ends or nothing moved for too long. */
  readonly signal: AbortSignal;
  readonly #scope: CallScope;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #idle = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #sourceError: unknown;
  #bytes = 0;
  #turn: Turn = "cloud gives";
  #stalled: Fault | undefined;

  /** Starts the idle time. */
  constructor(scope: CallScope, idleMs: number, clock: Clock) {
    this.#scope = scope;
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.signal = AbortSignal.any([scope.signal, this.#idle.signal]);
    this.#timer = setTimeout(() => {
      this.#stalled = this.#blame();
      this.#idle.abort();
    }, idleMs);
    this.#timer.unref();
  }

  /** Hands the source's bytes on as fast as they are taken. */
  async *send(source: AsyncIterable<PassingBytes>): AsyncGenerator<PassingBytes> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        this.#goOn("caller gives");
        const { done, value } = await this.#next(iterator);
        if (done) {
          this.#goOn("cloud answers");
          return;
        }
        this.#goOn("cloud takes");
        this.#bytes += value.byteLength;
        yield value;
      }
    } finally {
      // Not awaited: a source that waits for its own client would hold the answer up.
      iterator.return?.().catch(() => undefined);
    }
  }

  /** The answer's bytes. A broken transfer throws what `lost` makes of it. */
  async *receive(
    body: AsyncIterable<PassingBytes>,
    lost: (error: unknown) => Fault,
  ): AsyncGenerator<PassingBytes> {
    try {
      for await (const chunk of body) {
        this.#goOn("caller takes");
        this.#bytes += chunk.byteLength;
        yield chunk;
        this.#goOn("cloud gives");
      }
    } catch (error) {
      throw this.#stopped() ?? lost(error);
    }
  }

  /** Why the transfer failed, when it was not the network. */
  failure(upstream: Upstream): unknown {
    return this.#sourceError ?? this.#stopped()?.with(metadataOf(upstream));
  }

  /** Stops the idle time. */
  end(): void {
    clearTimeout(this.#timer);
  }

  /** Only what the source itself throws is its error; a broken connection is thrown into the generator too. */
  async #next(iterator: AsyncIterator<PassingBytes>): Promise<IteratorResult<PassingBytes>> {
    try {
      return await iterator.next();
    } catch (error) {
      this.#sourceError = error;
      throw error;
    }
  }

  #goOn(turn: Turn): void {
    if (this.#stalled === undefined) {
      this.#turn = turn;
      this.#timer.refresh();
    }
  }

  #stopped(): Fault | undefined {
    return this.#scope.signal.aborted ? stopFault(this.#scope, this.#clock.now()) : this.#stalled;
  }

  #blame(): Fault {
    const after = `for ${this.#idleMs / 1000} seconds, after ${this.#bytes} bytes`;
    switch (this.#turn) {
      case "caller gives":
        return new Fault("CALLER_STALLED", `the caller sent no more bytes ${after}`);
      case "caller takes":
        return new Fault("CALLER_STALLED", `the caller took no more bytes ${after}`);
      case "cloud takes":
        return new Fault("UPSTREAM_UNAVAILABLE", `the service took no more bytes ${after}`);
      case "cloud gives":
        return new Fault("UPSTREAM_UNAVAILABLE", `the service sent no more bytes ${after}`);
      case "cloud answers":
        return new Fault("OUTCOME_UNKNOWN", `all bytes were sent, but the service gave no answer ${after}`);
    }
  }
}
