import { createHash, type Hash } from "node:crypto";
import type { DigestPool } from "./digest-pool.ts";
import type { RingWriter } from "./digest-ring.ts";
import type { DigestClient, DigestThread } from "./digest-thread.ts";

/**
 * One digest of what goes through a ring, by a thread of the pool. Where there is
 * no thread, or it ends before it has begun, the event loop goes on in its place.
 */
export class ThreadedDigest implements DigestClient {
  readonly #algorithm: string;
  readonly #ring: RingWriter;
  readonly #reader: number;
  readonly #pool: DigestPool;
  readonly #onChange: () => void;
  readonly #digest = Promise.withResolvers<string>();
  #thread: DigestThread | undefined;
  #id = 0;
  #hash: Hash | undefined;
  #failure: Error | undefined;
  #isAsked = false;

  /** Begins with what is in the ring. @param onChange called when there may be room in it, or never will be. */
  constructor(algorithm: string, ring: RingWriter, reader: number, pool: DigestPool, onChange: () => void) {
    this.#algorithm = algorithm;
    this.#ring = ring;
    this.#reader = reader;
    this.#pool = pool;
    this.#onChange = onChange;
    // Whoever asks for it hears of it.
    this.#digest.promise.catch(() => undefined);
    this.#thread = pool.least();
    if (this.#thread === undefined) {
      this.#takeOver();
    } else {
      this.#id = this.#thread.begin(ring.memory, reader, algorithm, this);
    }
  }

  /** Says that there are more bytes in the ring. @throws Error when the thread was lost midway. */
  written(bytes: Uint8Array): void {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    if (this.#hash !== undefined) {
      this.#hash.update(bytes);
      this.#ring.skip(this.#reader);
    } else if (this.#ring.wakes(this.#reader)) {
      this.#thread?.more(this.#id);
    }
  }

  /** The digest in hex, when all is written. */
  value(): Promise<string> {
    if (!this.#isAsked) {
      this.#isAsked = true;
      if (this.#hash !== undefined) {
        this.#digest.resolve(this.#hash.digest("hex"));
      } else {
        this.#thread?.end(this.#id);
      }
    }
    return this.#digest.promise;
  }

  /** Leaves it, if it is not done. */
  close(): void {
    this.#thread?.drop(this.#id);
    this.#release();
    this.#digest.reject(new Error("the digest was left"));
  }

  onRoom(): void {
    this.#onChange();
  }

  onDigest(hex: string): void {
    this.#release();
    this.#digest.resolve(hex);
  }

  onLost(error: Error): void {
    this.#release();
    if (!this.#takeOver()) {
      this.#failure = error;
      this.#digest.reject(error);
      // The others are not to wait for it.
      this.#ring.skip(this.#reader);
    } else if (this.#isAsked) {
      this.#digest.resolve(this.#hash?.digest("hex") ?? "");
    }
    this.#onChange();
  }

  /** @returns whether nothing is missing. */
  #takeOver(): boolean {
    const all = this.#ring.untouchedBy(this.#reader);
    if (all === undefined) {
      return false;
    }
    this.#hash = createHash(this.#algorithm).update(all);
    this.#ring.skip(this.#reader);
    return true;
  }

  #release(): void {
    if (this.#thread !== undefined) {
      this.#thread = undefined;
      this.#pool.released();
    }
  }
}
