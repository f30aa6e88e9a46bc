import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest, ServerHttp2Stream } from "node:http2";
import type { Readable } from "node:stream";
import type { PassingBytes } from "../wire/passing-bytes.ts";
import { TurnShare } from "../wire/turn-share.ts";
import { FreshMemory, RequestMemory } from "./request-memory.ts";
import { UploadWindow } from "./upload-window.ts";

/** Bytes that may wait to be asked for; above it the caller is not read from. */
const maxWaitingBytes = 512 * 1024;

/**
 * The bytes of a request as they come from the socket. Node's own iterators put those
 * together that wait, and take several turns for each.
 */
export class RequestBytes implements AsyncIterator<PassingBytes, undefined> {
  readonly #stream: Readable;
  readonly #halt: Halt | undefined;
  readonly #window: UploadWindow | undefined;
  #share: TurnShare | undefined;
  readonly #memory: RequestMemory | FreshMemory;
  #release: (() => void) | undefined;
  #isDone = false;
  #isBegun = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  /** Reads nothing yet. @param passes whether the bytes need be good only until the next are asked for */
  constructor(request: IncomingMessage, passes = false) {
    this.#memory = passes ? new RequestMemory() : new FreshMemory();
    // HTTP/2's request is a stream around the stream.
    const { stream } = request as IncomingMessage & Partial<Http2ServerRequest>;
    this.#stream = stream ?? request;
    this.#halt = stream && new Halt(stream);
    this.#window = passes && stream?.session ? UploadWindow.of(stream.session) : undefined;
  }

  /** Whether the whole request has come, and was asked for. */
  get isDone(): boolean {
    return this.#isDone && this.#memory.bytes === 0;
  }

  async next(): Promise<IteratorResult<PassingBytes, undefined>> {
    if (!this.#isBegun) {
      this.#begin();
    }
    this.#release?.();
    this.#release = undefined;
    while (this.#memory.bytes === 0 && !this.#isDone && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const piece = this.#memory.take();
    if (piece !== undefined) {
      this.#release = piece.release;
      if (this.#memory.bytes === 0) {
        this.#goOn();
      }
      return { done: false, value: piece.bytes };
    }
    this.#memory.close();
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    return { done: true, value: undefined };
  }

  #goOn(): void {
    if (!this.#share?.isSpent) {
      this.#halt?.end();
      if (this.#stream.isPaused() && this.#memory.bytes < maxWaitingBytes) {
        this.#stream.resume();
      }
    }
  }

  #begin(): void {
    this.#isBegun = true;
    const stream = this.#stream;
    const end = (failure?: Error): void => {
      this.#isDone ||= stream.readableEnded;
      this.#share?.close();
      this.#halt?.end();
      if (!this.#isDone) {
        this.#failure ??= failure ?? Object.assign(new Error("aborted"), { code: "ECONNRESET" });
      }
      this.#wake?.();
    };
    // Node tells the end of an HTTP/2 request without bytes even when nobody listens
    // (onStreamRead in lib/internal/stream_base_commons.js), which may be before this.
    if (stream.destroyed || stream.readableEnded) {
      end();
      return;
    }
    this.#share = new TurnShare(() => this.#goOn());
    stream.on("data", (bytes: Uint8Array) => {
      this.#memory.put(bytes);
      this.#window?.passed(bytes.length);
      const isSpent = this.#share?.take(bytes.length) === false;
      // What a paused stream holds is not copied, and grows old (see RequestMemory), so
      // what was read already is let in where its connection can be halted.
      const isHalted = isSpent && this.#halt?.begin() === true;
      if ((isSpent && !isHalted) || this.#memory.bytes >= maxWaitingBytes) {
        stream.pause();
      }
      this.#wake?.();
    });
    stream
      .on("end", () => end())
      .on("error", end)
      .on("close", () => end());
  }
}

/** What Node has below a socket. */
interface ReadHandle {
  readStart(): void;
  readStop(): void;
}

/**
 * Stops the reading of an HTTP/2 stream's connection for the rest of a turn: a
 * stream that is paused does not do that. Node has no public way; where its own one
 * is gone, nothing is halted.
 */
class Halt {
  readonly #handle: ReadHandle | undefined;
  #isHalted = false;

  constructor(stream: ServerHttp2Stream) {
    const { _handle: handle } = (stream.session?.socket ?? {}) as { _handle?: Partial<ReadHandle> | null };
    if (typeof handle?.readStop === "function" && typeof handle.readStart === "function") {
      this.#handle = handle as ReadHandle;
    }
  }

  /** @returns whether no more is read now. */
  begin(): boolean {
    this.#isHalted = this.#handle !== undefined;
    this.#handle?.readStop();
    return this.#isHalted;
  }

  end(): void {
    if (this.#isHalted) {
      this.#isHalted = false;
      this.#handle?.readStart();
    }
  }
}
