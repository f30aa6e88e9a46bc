import { Fault } from "../cloud/fault.ts";
import { hold, type PassingBytes } from "../wire/passing-bytes.ts";
import { Digests } from "./digest.ts";

/** What the caller says of the bytes before they come. */
export interface Announced {
  /** How many there are. */
  readonly sizeBytes?: bigint | undefined;
  /** Their MD5 in hex; empty where it is not known. */
  readonly md5: string;
  /** Their SHA-256 in hex; empty where it is not known. */
  readonly sha256: string;
}

/**
 * Bytes on their way to a cloud, counted, digested and held to what was announced.
 * The last chunk is handed on only when all is well: with a `Content-Length` the
 * cloud takes what it has for whole as soon as the last byte is there.
 */
export class CheckedSource implements AsyncIterable<PassingBytes> {
  /** What went wrong with the bytes, as opposed to the cloud. */
  failure: unknown;
  /** Whether all bytes were handed on. */
  isDone = false;
  /** The algorithm by which the cloud will say what it holds. */
  readonly algorithm: string;
  readonly #bytes: AsyncIterable<PassingBytes>;
  readonly #announced: Announced;
  readonly #digests: Digests;

  /** `algorithm` is what the cloud itself will say of the bytes. */
  constructor(bytes: AsyncIterable<PassingBytes>, announced: Announced, algorithm: string) {
    this.algorithm = algorithm;
    this.#bytes = bytes;
    this.#announced = announced;
    this.#digests = new Digests([
      algorithm,
      ...(announced.md5 === "" ? [] : ["md5"]),
      ...(announced.sha256 === "" ? [] : ["sha256"]),
    ]);
  }

  /** How many bytes have come. */
  get size(): number {
    return this.#digests.size;
  }

  /** The digest of all bytes, in hex. */
  digest(algorithm: string): Promise<string> {
    return this.#digests.value(algorithm);
  }

  /** Gives up what the digests need. To be called when the upload is over, however it went. */
  close(): void {
    this.#digests.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PassingBytes> {
    const { sizeBytes } = this.#announced;
    let held: PassingBytes | undefined;
    let release: (() => void) | undefined;
    try {
      for await (const chunk of this.#bytes) {
        if (chunk.byteLength === 0) {
          continue;
        }
        await this.#digests.update(chunk);
        this.#checkSize(sizeBytes !== undefined && this.size > sizeBytes);
        if (sizeBytes !== undefined && BigInt(this.size) === sizeBytes) {
          held = chunk;
          release = hold(chunk);
        } else {
          yield chunk;
        }
      }
      this.#checkSize(sizeBytes !== undefined && this.size < sizeBytes);
      await this.#checkDigest("md5", this.#announced.md5);
      await this.#checkDigest("sha256", this.#announced.sha256);
    } catch (error) {
      // Thrown into the upload, so that the cloud sees it break off instead of end.
      this.failure = error;
      throw error;
    }
    // From here on the cloud may have them all.
    this.isDone = true;
    if (held !== undefined) {
      yield held;
      release?.();
    }
  }

  #checkSize(isWrong: boolean): void {
    if (isWrong) {
      throw new Fault(
        "DATA_MISMATCH",
        `${this.#announced.sizeBytes} bytes were announced, but ${this.size} came`,
      );
    }
  }

  async #checkDigest(algorithm: string, announced: string): Promise<void> {
    if (announced === "") {
      return;
    }
    const digest = await this.digest(algorithm);
    if (digest !== announced.toLowerCase()) {
      throw new Fault(
        "DATA_MISMATCH",
        `the ${algorithm} of the bytes is ${digest}, but ${announced} was announced`,
      );
    }
  }
}
