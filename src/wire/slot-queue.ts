import { type PassingBytes, Slot } from "./passing-bytes.ts";
import { TurnShare } from "./turn-share.ts";

/** Memory of one queue, 1 MiB: while some of it is written to the caller, the rest is filled. Larger slots hold others up. */
const slotCount = 4;
const slotBytes = 256 * 1024;

/** Where the bytes of a queue come from. */
export interface ByteSource {
  /** Brings more: the queue has room again. */
  resume(): void;
  /** Brings no more: all has come, or nobody wants it. May be called again. */
  close(): void;
}

/**
 * Bytes on their way from a source that brings them to a reader that asks for them, in
 * a few buffers that are used again and again. Node's streams take fresh memory for
 * each read, which the kernel must fault in and V8 collect: half of what moving bytes
 * costs. A queue takes its share of each turn of the event loop and no more.
 */
export class SlotQueue implements AsyncIterableIterator<PassingBytes> {
  readonly #source: ByteSource;
  readonly #share = new TurnShare(() => this.#resume());
  readonly #slots: Slot[] = [];
  readonly #ready: { bytes: Uint8Array; release: () => void }[] = [];
  #filling = 0;
  #isPaused = false;
  #hasEnded = false;
  #failure: Error | undefined;
  #release: (() => void) | undefined;
  #wake: (() => void) | undefined;
  #onClose: (() => void) | undefined;

  /** Takes memory as it is needed. */
  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Where the next bytes go; not while {@link isFull}. */
  get room(): Buffer {
    return this.#slot.bytes;
  }

  /** Whether the reader still needs all that is there. */
  get isFull(): boolean {
    return !this.#slot.free;
  }

  /** Hands on what is in a part of the room; the next bytes go elsewhere. */
  put(start: number, end: number): void {
    const slot = this.#slot;
    this.#ready.push({ bytes: slot.bytes.subarray(start, end), release: slot.hold() });
    this.#filling = (this.#filling + 1) % slotCount;
    this.#wake?.();
  }

  /** Notes how much came. @returns whether the source may bring more at once; else it is told when it may. */
  mayGoOn(came: number): boolean {
    this.#isPaused = !this.#share.take(came) || this.isFull;
    return !this.#isPaused;
  }

  /** All has come. */
  end(): void {
    this.#hasEnded = true;
    this.#share.close();
    this.#source.close();
    this.#wake?.();
  }

  /** No more comes, and that is an error, unless all has come. What is there can be read. */
  fail(error: Error): void {
    if (!this.#hasEnded) {
      this.#failure ??= error;
      this.#close();
    }
    this.#wake?.();
  }

  /** Nobody wants it any more, though all may have come. */
  abort(error: Error): void {
    this.#failure ??= error;
    this.#ready.length = 0;
    this.#close();
    this.#wake?.();
  }

  /** Calls back when all was read, left or lost; at once if it was lost. */
  onClose(callback: () => void): void {
    if (this.#failure !== undefined) {
      callback();
    } else {
      this.#onClose = callback;
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<PassingBytes, undefined>> {
    this.#release?.();
    this.#release = undefined;
    while (this.#ready.length === 0 && this.#failure === undefined && !this.#hasEnded) {
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

  get #slot(): Slot {
    this.#slots[this.#filling] ??= new Slot(slotBytes, () => this.#resume());
    return this.#slots[this.#filling] as Slot;
  }

  #resume(): void {
    if (this.#isPaused && !this.#share.isSpent && !this.isFull) {
      this.#isPaused = false;
      this.#source.resume();
    }
  }

  #close(): void {
    this.#share.close();
    this.#source.close();
    this.#onClose?.();
    this.#onClose = undefined;
  }
}
