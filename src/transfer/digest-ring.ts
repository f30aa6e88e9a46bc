/**
 * Memory of one ring: what may wait for the slowest of its readers. A ring is made
 * for each transfer that is digested by other threads, and is all that it adds.
 */
export const ringBytes = 1024 * 1024;

/** Most bytes that a reader takes in one go, so that it is not late for other rings. */
const sliceBytes = 64 * 1024;

/** Where the header's numbers are: bytes written, whether the writer waits, and two of each reader. */
const writtenAt = 0;
const waitsAt = 1;
const firstReaderAt = 2;
const headerBytes = 64;

/** Most readers of one ring. */
const maxReaders = 4;

/** What the threads of a ring have in common. */
abstract class Ring {
  /** The memory, to be handed to other threads. */
  readonly memory: SharedArrayBuffer;
  protected readonly header: Int32Array;
  protected readonly data: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.header = new Int32Array(memory, 0, headerBytes / 4);
    this.data = new Uint8Array(memory, headerBytes, ringBytes);
  }

  /** Bytes that a reader has not taken yet. Positions run over at 2^32, which the size of the ring divides. */
  protected unread(reader: number): number {
    const read = Atomics.load(this.header, readAt(reader));
    return (Atomics.load(this.header, writtenAt) - read) >>> 0;
  }
}

function readAt(reader: number): number {
  return firstReaderAt + 2 * reader;
}

function sleepsAt(reader: number): number {
  return firstReaderAt + 2 * reader + 1;
}

/** The end of a ring that bytes go into. */
export class RingWriter extends Ring {
  readonly #readers: number;
  #total = 0;

  /** Takes memory for one ring, which as many readers read. */
  constructor(readers: number) {
    if (readers > maxReaders) {
      throw new RangeError(`a ring has room for ${maxReaders} readers`);
    }
    super(new SharedArrayBuffer(headerBytes + ringBytes));
    this.#readers = readers;
  }

  /** All that was written, for a reader that has taken nothing yet. Undefined: it has taken something. */
  untouchedBy(reader: number): Uint8Array | undefined {
    return this.#total <= ringBytes && Atomics.load(this.header, readAt(reader)) === 0
      ? this.data.subarray(0, this.#total)
      : undefined;
  }

  /** Copies as many bytes as there is room for. @returns how many. */
  write(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.#room());
    const start = (Atomics.load(this.header, writtenAt) >>> 0) % ringBytes;
    const first = Math.min(count, ringBytes - start);
    this.data.set(bytes.subarray(0, first), start);
    this.data.set(bytes.subarray(first, count), 0);
    Atomics.add(this.header, writtenAt, count);
    this.#total += count;
    return count;
  }

  /** Whether there is room for more at once. If not, a reader will tell when there is. */
  hasRoom(): boolean {
    if (this.#room() >= ringBytes / 2) {
      return true;
    }
    Atomics.store(this.header, waitsAt, 1);
    // A reader may have gone on meanwhile, before it could know that somebody waits.
    return this.#room() >= ringBytes / 2 && Atomics.exchange(this.header, waitsAt, 0) === 1;
  }

  /** Says that a reader has all that was written: the writer itself reads in its place. */
  skip(reader: number): void {
    Atomics.store(this.header, readAt(reader), Atomics.load(this.header, writtenAt));
  }

  /** Whether a reader sleeps and must be woken; it is taken for awake from now on. */
  wakes(reader: number): boolean {
    return Atomics.exchange(this.header, sleepsAt(reader), 0) === 1;
  }

  #room(): number {
    let most = 0;
    for (let reader = 0; reader < this.#readers; reader += 1) {
      most = Math.max(most, this.unread(reader));
    }
    return ringBytes - most;
  }
}

/** One of the ends of a ring that bytes come out of. */
export class RingReader extends Ring {
  readonly #reader: number;

  /** Reads the ring in this memory. */
  constructor(memory: SharedArrayBuffer, reader: number) {
    super(memory);
    this.#reader = reader;
  }

  /** Hands the next bytes on, which are good until it returns. @returns whether there were any. */
  take(use: (bytes: Uint8Array) => void): boolean {
    const start = (Atomics.load(this.header, readAt(this.#reader)) >>> 0) % ringBytes;
    const count = Math.min(this.unread(this.#reader), sliceBytes, ringBytes - start);
    if (count === 0) {
      return false;
    }
    use(this.data.subarray(start, start + count));
    Atomics.add(this.header, readAt(this.#reader), count);
    return true;
  }

  /** Whether the writer waits for the room that there is now; asked once, it counts as told. */
  frees(): boolean {
    return (
      Atomics.load(this.header, waitsAt) === 1 &&
      this.unread(this.#reader) <= ringBytes / 2 &&
      Atomics.exchange(this.header, waitsAt, 0) === 1
    );
  }

  /** Whether it can sleep now: the writer will wake it. */
  sleeps(): boolean {
    Atomics.store(this.header, sleepsAt(this.#reader), 1);
    // More may have come before the writer could know.
    return this.unread(this.#reader) === 0 || Atomics.exchange(this.header, sleepsAt(this.#reader), 0) === 0;
  }
}
