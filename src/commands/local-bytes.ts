import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { CommandError } from "./exit-codes.ts";

const chunkBytes = 1024 * 1024;

/**
 * Bytes to send: a file, whose size and digests are known before, or standard input
 * (`-`), which is let go with the signal.
 */
export async function localSource(file: string, signal: AbortSignal) {
  if (file === "-") {
    // While it is read it keeps the process, though nobody may ever write to it.
    signal.addEventListener("abort", () => process.stdin.destroy());
    return { bytes: process.stdin as AsyncIterable<Uint8Array>, announced: {}, size: undefined };
  }
  try {
    const md5 = createHash("md5");
    const sha256 = createHash("sha256");
    let size = 0;
    for await (const chunk of chunksOf(file)) {
      md5.update(chunk);
      sha256.update(chunk);
      size += chunk.length;
    }
    const announced = { sizeBytes: BigInt(size), md5: md5.digest("hex"), sha256: sha256.digest("hex") };
    return { bytes: chunksOf(file), announced, size };
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function chunksOf(file: string): AsyncIterable<Buffer> {
  return createReadStream(file, { highWaterMark: chunkBytes });
}

/**
 * Where downloaded bytes go: a file, or standard output (`-`). A file is written as
 * `FILE.part` and gets its name when it is whole. What is unfinished is removed,
 * unless it is to be resumed.
 */
export class LocalSink {
  readonly #file: string;
  readonly #keep: boolean;
  #handle: FileHandle | undefined;
  #hash: Hash | undefined;
  /** Bytes that are there already. */
  offset = 0;

  /** `keep`: what is unfinished stays, and is gone on with. */
  constructor(file: string, keep: boolean) {
    this.#file = file;
    this.#keep = keep;
  }

  get #part(): string {
    return `${this.#file}.part`;
  }

  /** Finds how much there is already. */
  async begin(): Promise<void> {
    if (this.#file !== "-" && this.#keep) {
      this.offset = await stat(this.#part).then(
        ({ size }) => size,
        () => 0,
      );
    }
  }

  /** Opens it, and takes in what is there by the digest that will be asked for. */
  async open(algorithm: string): Promise<void> {
    this.#hash = createHash(algorithm);
    if (this.#file === "-") {
      return;
    }
    if (this.offset > 0) {
      for await (const chunk of chunksOf(this.#part)) {
        this.#hash.update(chunk);
      }
    }
    this.#handle = await open(this.#part, this.offset > 0 ? "a" : "w");
  }

  /** Writes the next bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#hash?.update(bytes);
    if (this.#handle !== undefined) {
      await this.#handle.writeFile(bytes);
    } else if (!process.stdout.write(bytes)) {
      await once(process.stdout, "drain");
    }
  }

  /** Compares the digest, where one is known, and gives the file its name. */
  async finish(expected: string): Promise<void> {
    const digest = this.#hash?.digest("hex");
    if (expected !== "" && digest !== expected) {
      await this.#handle?.close();
      // Going on with wrong bytes would never get right.
      await rm(this.#part, { force: true });
      throw new CommandError(`the digest of the bytes is ${digest}, but that of the cloud is ${expected}`, 3);
    }
    if (this.#handle !== undefined) {
      await this.#handle.close();
      await rename(this.#part, this.#file);
    }
  }

  /** Removes what is unfinished. */
  async giveUp(): Promise<void> {
    await this.#handle?.close().catch(() => undefined);
    if (this.#file !== "-" && !this.#keep) {
      await rm(this.#part, { force: true });
    }
  }
}

/** Bytes on their way, counted. */
export async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    // A file or a pipe may give more than fits into a message.
    for (let start = 0; start < chunk.length; start += chunkBytes) {
      const piece = chunk.subarray(start, start + chunkBytes);
      yield piece;
      count(piece.length);
    }
  }
}
