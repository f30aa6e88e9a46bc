import { type PassingBytes, Slot } from "../wire/passing-bytes.ts";

/** Of one slot: what may go on in one piece. */
const slotBytes = 256 * 1024;

/** Slots that nobody needs and that are kept: what waits to be asked for and is on its way to the cloud needs no more. */
const maxSpareSlots = 6;

/** The next bytes, and what gives their memory free. */
export interface Taken {
  readonly bytes: PassingBytes;
  release(): void;
}

interface Piece {
  readonly slot: Slot;
  readonly start: number;
  end: number;
  readonly release: () => void;
}

/**
 * Where a request's bytes wait, in a few buffers that are used again and again. Node
 * makes fresh ones for each read, and those that outlive two collections of the young
 * wait for one of the old, which V8 holds only for every 64 MiB of them. Copied at once
 * they never grow that old.
 */
export class RequestMemory {
  readonly #pieces: Piece[] = [];
  readonly #spare: Slot[] = [];
  #slot: Slot | undefined;
  #end = 0;
  #bytes = 0;
  #isClosed = false;

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Copies bytes. */
  put(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    for (let start = 0; start < bytes.length; ) {
      const slot = this.#room();
      const count = Math.min(bytes.length - start, slotBytes - this.#end);
      slot.bytes.set(bytes.subarray(start, start + count), this.#end);
      const last = this.#pieces.at(-1);
      if (last?.slot === slot) {
        last.end += count;
      } else {
        const end = this.#end + count;
        this.#pieces.push({ slot, start: this.#end, end, release: slot.hold() });
      }
      this.#end += count;
      start += count;
    }
  }

  /** The next bytes, as many as wait in one slot. */
  take(): Taken | undefined {
    const piece = this.#pieces.shift();
    if (piece === undefined) {
      return undefined;
    }
    const bytes = piece.slot.bytes.subarray(piece.start, piece.end);
    this.#bytes -= bytes.length;
    return { bytes, release: piece.release };
  }

  /** Gives its memory back, as soon as nobody needs it any more. No more bytes may come. */
  close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      const { free } = this.#slot ?? {};
      for (const slot of [...this.#spare.splice(0), ...(free === true && this.#slot ? [this.#slot] : [])]) {
        slot.drop();
      }
    }
  }

  /** The slot to fill. One that nobody needs any more is filled from its start, being warm. */
  #room(): Slot {
    if (this.#slot?.free === true) {
      this.#end = 0;
    } else if (this.#slot === undefined || this.#end === slotBytes) {
      this.#slot = this.#spare.pop() ?? this.#fresh();
      this.#end = 0;
    }
    return this.#slot;
  }

  #fresh(): Slot {
    const slot: Slot = new Slot(slotBytes, () => {
      if (this.#isClosed) {
        slot.drop();
      } else if (slot !== this.#slot) {
        this.#keep(slot);
      }
    });
    return slot;
  }

  #keep(slot: Slot): void {
    if (this.#spare.length < maxSpareSlots) {
      this.#spare.push(slot);
    } else {
      slot.drop();
    }
  }
}

/** Where bytes wait as they came, for readers that gather them. */
export class FreshMemory {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes bytes as they are. */
  put(bytes: Uint8Array): void {
    if (bytes.length > 0) {
      this.#bytes += bytes.length;
      this.#pieces.push(bytes);
    }
  }

  /** The next bytes that came together. */
  take(): Taken | undefined {
    const bytes = this.#pieces.shift();
    if (bytes === undefined) {
      return undefined;
    }
    this.#bytes -= bytes.length;
    return { bytes, release: nothing };
  }

  /** Does nothing: it is the readers' own. */
  close(): void {}
}

function nothing(): void {}
