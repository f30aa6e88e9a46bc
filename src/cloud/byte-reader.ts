import type { Socket } from "node:net";
import { errors } from "undici";
import { type PassingBytes, Slot } from "./passing-bytes.ts";
import { MalformedHead, type ResponseHead, readHead } from "./response-head.ts";
import { TurnShare } from "./turn-share.ts";

/** Memory of one reader: while some of it is written to the caller, the rest is read into. Larger slots hold others up. */
const slotCount = 4;
const slotBytes = 256 * 1024;

/**
 * Reads one answer from a socket into a few buffers, again and again. Node's
 * streams, and with them undici, take fresh memory for each read, which the kernel
 * must fault in and V8 collect: half of what moving bytes costs.
 */
export class ByteReader implements AsyncIterableIterator<PassingBytes> {
  /** The head, once it is there. Rejected when none comes. */
  readonly head: Promise<ResponseHead>;
  /** What the socket is to be opened with. */
  readonly onread: { buffer: () => Uint8Array; callback: (count: number, buffer: Uint8Array) => boolean };
  readonly #slots: Slot[];
  readonly #share = new TurnShare(() => this.#resume());
  readonly #settle = Promise.withResolvers<ResponseHead>();
  readonly #ready: { bytes: Uint8Array; release: () => void }[] = [];
  #socket: Socket | undefined;
  #filling = 0;
  /** Bytes of the head that are in the first slot, while it is not complete. */
  #headBytes = 0;
  #hasHead = false;
  /** Bytes of the body that are still to be read. */
  #left = Number.POSITIVE_INFINITY;
  #isPaused = false;
  #failure: Error | undefined;
  #release: (() => void) | undefined;
  #wake: (() => void) | undefined;
  #onClose: (() => void) | undefined;

  /** Takes its memory. */
  constructor() {
    this.head = this.#settle.promise;
    // Whoever waits for it hears of it.
    this.head.catch(() => undefined);
    this.#slots = Array.from({ length: slotCount }, () => new Slot(slotBytes, () => this.#resume()));
    this.onread = { buffer: () => this.#room(), callback: (count) => this.#take(count) };
  }

  /** Reads from this socket, which was opened with {@link onread}. */
  from(socket: Socket): void {
    this.#socket = socket;
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new errors.SocketError("other side closed")));
  }

  /** Calls back when the answer was read to its end, left or lost; at once if it was. */
  onClose(callback: () => void): void {
    if (this.#failure !== undefined) {
      callback();
    } else {
      this.#onClose = callback;
    }
  }

  /** Ends it with an error, unless all has come. */
  fail(error: Error): void {
    if (this.#left > 0) {
      this.#failure ??= error;
      this.#settle.reject(error);
      this.#close();
    }
    this.#wake?.();
  }

  /** Ends it with an error, though all may have come: nobody wants it any more. */
  abort(error: Error): void {
    this.#failure ??= error;
    this.#ready.length = 0;
    this.#settle.reject(error);
    this.#close();
    this.#wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<PassingBytes, undefined>> {
    this.#release?.();
    this.#release = undefined;
    while (this.#ready.length === 0 && this.#failure === undefined && this.#left > 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const ready = this.#ready.shift();
    if (ready !== undefined) {
      this.#release = ready.release;
      return { done: false, value: ready.bytes };
    }
    this.#close();
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<PassingBytes, undefined>> {
    this.#release?.();
    this.abort(new DOMException("left early", "AbortError"));
    return { done: true, value: undefined };
  }

  /** Where the next bytes go. Not beyond the body: what else comes is nobody's. */
  #room(): Uint8Array {
    const slot = this.#slots[this.#filling]?.bytes ?? Buffer.alloc(0);
    return this.#hasHead
      ? slot.subarray(0, Math.max(1, Math.min(slot.length, this.#left)))
      : slot.subarray(this.#headBytes);
  }

  /** Takes what came. @returns whether to read on. */
  #take(count: number): boolean {
    const slot = this.#slots[this.#filling];
    if (slot === undefined || this.#failure !== undefined) {
      return false;
    }
    let start = 0;
    let end = count;
    if (!this.#hasHead) {
      end = this.#headBytes + count;
      try {
        start = this.#takeHead(slot.bytes.subarray(0, end));
      } catch (error) {
        this.fail(
          error instanceof MalformedHead ? new errors.HTTPParserError(error.message) : (error as Error),
        );
        return false;
      }
      if (!this.#hasHead) {
        return true;
      }
    }
    end = Math.min(end, start + this.#left);
    if (end > start) {
      this.#left -= end - start;
      this.#ready.push({ bytes: slot.bytes.subarray(start, end), release: slot.hold() });
      this.#filling = (this.#filling + 1) % slotCount;
    }
    this.#wake?.();
    if (this.#left === 0) {
      this.#share.close();
      // One answer a connection: what may follow it can be taken for nothing else.
      this.#socket?.destroy();
      return false;
    }
    this.#isPaused = !this.#share.take(count) || !this.#slots[this.#filling]?.free;
    return !this.#isPaused;
  }

  /** @returns where the body begins. */
  #takeHead(bytes: Buffer): number {
    const found = readHead(bytes);
    if (found === undefined) {
      this.#headBytes = bytes.length;
      return 0;
    }
    this.#hasHead = true;
    if (found.head.length === undefined) {
      this.#socket?.destroy();
    }
    this.#left = found.head.length ?? 0;
    this.#settle.resolve(found.head);
    return found.end;
  }

  #resume(): void {
    if (this.#isPaused && !this.#share.isSpent && this.#slots[this.#filling]?.free) {
      this.#isPaused = false;
      this.#socket?.resume();
    }
  }

  #close(): void {
    this.#share.close();
    this.#socket?.destroy();
    this.#onClose?.();
    this.#onClose = undefined;
  }
}
