import { createHash } from "node:crypto";
import { type DigestPool, digestPool } from "./digest-pool.ts";
import { RingWriter } from "./digest-ring.ts";
import { ThreadedDigest } from "./threaded-digest.ts";

/** Up to so many bytes the event loop digests, in half a millisecond: less than a thread is worth. */
const smallBytes = 256 * 1024;

/**
 * Digests of bytes as they pass, in other threads: SHA-512 runs at 500 to 800 MB/s,
 * so on the event loop it would hold up bytes and everybody else. The bytes are
 * copied into memory that the threads see; copying is ten times as fast.
 */
export class Digests {
  readonly #algorithms: readonly string[];
  readonly #pool: DigestPool;
  readonly #ring: RingWriter;
  #threaded: readonly ThreadedDigest[] | undefined;
  #values: readonly Promise<string>[] | undefined;
  #size = 0;
  #isClosed = false;
  #wake: (() => void) | undefined;

  /** Digests by these algorithms of OpenSSL, such as `md5` and `sha512`. Must be closed. */
  constructor(algorithms: Iterable<string>, pool = digestPool) {
    this.#algorithms = [...new Set(algorithms)];
    this.#pool = pool;
    this.#ring = new RingWriter(this.#algorithms.length);
  }

  /** How many bytes have passed. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes the next bytes; they may be changed when it is done. It takes as long as
   * the threads are behind. @throws Error when a thread was lost.
   */
  async update(bytes: Uint8Array): Promise<void> {
    this.#size += bytes.byteLength;
    for (let start = 0; start < bytes.length && !this.#isClosed; ) {
      const count = this.#ring.write(bytes.subarray(start));
      const written = bytes.subarray(start, start + count);
      start += count;
      if (this.#threaded !== undefined) {
        for (const digest of this.#threaded) {
          digest.written(written);
        }
      } else if (this.#size > smallBytes) {
        this.#begin();
      }
      if (start < bytes.length) {
        await this.#room();
      }
    }
  }

  /** The digest of all bytes, in hex. No more bytes can come afterwards. */
  async value(algorithm: string): Promise<string> {
    const index = this.#algorithms.indexOf(algorithm);
    if (index < 0) {
      throw new TypeError(`nobody asked for ${algorithm}`);
    }
    this.#values ??=
      this.#threaded?.map((digest) => digest.value()) ??
      this.#algorithms.map(async (name, reader) =>
        createHash(name)
          .update(this.#ring.untouchedBy(reader) ?? new Uint8Array())
          .digest("hex"),
      );
    return (await this.#values[index]) ?? "";
  }

  /** Gives the threads free. Digests that were not asked for never come. */
  close(): void {
    this.#isClosed = true;
    for (const digest of this.#threaded ?? []) {
      digest.close();
    }
    this.#wake?.();
  }

  #begin(): void {
    const onChange = (): void => this.#wake?.();
    this.#threaded = this.#algorithms.map(
      (algorithm, reader) => new ThreadedDigest(algorithm, this.#ring, reader, this.#pool, onChange),
    );
  }

  async #room(): Promise<void> {
    while (!this.#isClosed && !this.#ring.hasRoom()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
