import { Lost, Wire } from "../wire/wire.ts";
import type { WireAnswer } from "../wire/wire-message.ts";
import type { Clock } from "./clock.ts";
import type { CloudEntry } from "./cloud-entry.ts";
import { Fault } from "./fault.ts";
import { Limiter } from "./limiter.ts";
import type { Limits } from "./limits.ts";
import { lostFault } from "./lost-fault.ts";
import { type CloudObserver, observed } from "./observer.ts";
import type { CallScope, HttpMethod } from "./region.ts";
import { type Repeat, repeatOf, withRetries } from "./retry.ts";
import { stopFault } from "./scope.ts";
import { secureOptions } from "./secure-options.ts";
import { Transfer } from "./transfer.ts";
import { metadataOf, placeOf, type Upstream } from "./upstream-fault.ts";

/** A request that knows its whole address. */
export interface Shipment {
  /** Whom it goes to. */
  readonly upstream: Upstream;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path and query, as they are sent. */
  readonly path: string;
  /** Method. */
  readonly method: HttpMethod;
  /** Headers, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Body. */
  readonly body?: string;
  /** When it may be sent again, where the method does not say. */
  readonly repeat?: Repeat;
}

/** A shipment whose body or answer is bytes. */
export interface ByteShipment extends Omit<Shipment, "body"> {
  /** The bytes to send. */
  readonly source?: AsyncIterable<Uint8Array>;
}

/** An answer that was read whole; with a status of 400 or more, only the start of its body. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
}

/** An answer whose bytes are still to come, where `stream` is there. */
export interface ByteShipmentAnswer extends Answer {
  readonly stream?: AsyncIterable<Uint8Array>;
}

/** How much of a refusal is read; the words are at its start. */
const refusalBytes = 64 * 1024;

/** The way to one cloud: connections, limits, deadlines and retries, shared by all callers of the process. */
export class Connection {
  readonly #wire: Wire;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #calls: Limiter;
  readonly #transfers: Limiter;
  readonly #observer: CloudObserver | undefined;

  /** Opens nothing yet. */
  constructor(entry: CloudEntry, limits: Limits, clock: Clock, observer?: CloudObserver) {
    this.#observer = observer;
    this.#wire = new Wire(() => secureOptions(entry));
    this.#limits = limits;
    this.#clock = clock;
    this.#calls = new Limiter(entry.name, limits.concurrency, limits.queue);
    this.#transfers = new Limiter(entry.name, limits.transfers, limits.queue);
  }

  /** Sends a request and reads the answer. @throws Fault when there is none; any status is an answer. */
  async ask(shipment: Shipment, scope: CallScope): Promise<Answer> {
    return await this.#send(shipment, scope, shipment.repeat, async () => {
      const release = await this.#calls.take(scope, this.#clock.now);
      try {
        return await this.#observed(shipment, scope, async (traceparent) => {
          const answer = await this.#wire.request({
            origin: shipment.origin,
            path: shipment.path,
            method: shipment.method,
            headers: { ...shipment.headers, ...scopeHeaders(scope, traceparent) },
            ...(shipment.body !== undefined && { body: shipment.body }),
            signal: scope.signal,
            headTimeoutMs: this.#limits.answerMs,
            idleTimeoutMs: this.#limits.answerMs,
          });
          return await this.#readWhole(shipment.upstream, answer);
        });
      } finally {
        release();
      }
    });
  }

  /** Sends or fetches bytes. @throws Fault when there is no answer; any status is an answer. */
  async carry(shipment: ByteShipment, scope: CallScope): Promise<ByteShipmentAnswer> {
    const { source } = shipment;
    const repeat = source === undefined ? shipment.repeat : "never";
    return await this.#send(shipment, scope, repeat, async () => {
      const release = await this.#transfers.take(scope, this.#clock.now);
      const transfer = new Transfer(scope, this.#limits.idleMs, this.#clock);
      let handedOn = false;
      try {
        const answer = await this.#observed(shipment, scope, (traceparent) =>
          this.#wire.request({
            origin: shipment.origin,
            path: shipment.path,
            method: shipment.method,
            headers: { ...shipment.headers, ...scopeHeaders(scope, traceparent) },
            ...(source !== undefined && { body: transfer.send(source) }),
            signal: transfer.signal,
            headTimeoutMs: 0,
            idleTimeoutMs: 0,
            large: source === undefined && shipment.method === "GET",
          }),
        );
        // What an upload is answered with is short, and these have no body at all.
        const short = source !== undefined || shipment.method === "HEAD" || answer.status === 204;
        if (short || answer.status >= 400) {
          return await this.#readWhole(shipment.upstream, answer);
        }
        handedOn = true;
        answer.onClose(() => {
          transfer.end();
          release();
        });
        const stream = transfer.receive(answer.body, (error) => this.#lost(shipment, scope, new Lost(error)));
        return { status: answer.status, headers: answer.headers, body: new Uint8Array(), stream };
      } catch (error) {
        throw transfer.failure(shipment.upstream) ?? error;
      } finally {
        if (!handedOn) {
          transfer.end();
          release();
        }
      }
    });
  }

  /** Closes every connection; what is under way fails. */
  async close(): Promise<void> {
    await this.#wire.close();
  }

  #observed<T extends Pick<Answer, "status" | "headers">>(
    { upstream, method }: Pick<Shipment, "upstream" | "method">,
    scope: CallScope,
    work: (traceparent: string | undefined) => Promise<T>,
  ): Promise<T> {
    return observed(this.#observer, { ...upstream, method }, scope, work);
  }

  async #send<T extends Answer>(
    shipment: Pick<Shipment, "upstream" | "origin" | "method">,
    scope: CallScope,
    repeat: Repeat = repeatOf(shipment.method),
    attempt: () => Promise<T>,
  ): Promise<T> {
    try {
      return await withRetries(shipment.method, repeat, scope, this.#clock, this.#limits, attempt);
    } catch (error) {
      if (error instanceof Lost) {
        throw this.#lost(shipment, scope, error);
      }
      throw error instanceof Fault ? error.with(metadataOf(shipment.upstream)) : error;
    }
  }

  #lost(
    shipment: Pick<Shipment, "upstream" | "origin" | "method" | "repeat">,
    scope: CallScope,
    lost: Lost,
  ): Fault {
    if (scope.signal.aborted) {
      return stopFault(scope, this.#clock.now()).with(metadataOf(shipment.upstream));
    }
    // A POST that may be repeated whatever came of it, as a login is, changes nothing that one has to know of.
    const isRead = shipment.method === "POST" && shipment.repeat === "always";
    return lostFault(shipment.upstream, shipment.origin, isRead ? "GET" : shipment.method, lost);
  }

  async #readWhole(upstream: Upstream, answer: WireAnswer): Promise<Answer> {
    const refused = answer.status >= 400;
    const limit = refused ? refusalBytes : this.#limits.jsonBytes;
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const bytes of answer.body) {
        // Its memory is used again.
        const chunk = Buffer.from(bytes);
        size += chunk.length;
        chunks.push(size > limit ? chunk.subarray(0, chunk.length - (size - limit)) : chunk);
        if (size > limit) {
          break;
        }
      }
    } catch (error) {
      // The head of a refusal says enough.
      if (!refused) {
        throw new Lost(error);
      }
    }
    if (size > limit && !refused) {
      throw new Fault(
        "UPSTREAM_GARBAGE",
        `${upstream.service} of ${placeOf(upstream)}: the answer is larger than ${limit} bytes`,
        { metadata: metadataOf(upstream) },
      );
    }
    return { status: answer.status, headers: answer.headers, body: Buffer.concat(chunks) };
  }
}

function scopeHeaders(scope: CallScope, traceparent: string | undefined): Record<string, string> {
  return {
    "user-agent": "oaktree",
    "x-openstack-request-id": scope.requestId,
    ...(traceparent !== undefined && { traceparent }),
  };
}
