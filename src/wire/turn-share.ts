const kibibyte = 1024;

/**
 * Bytes that all transfers together move in one turn of the event loop, some
 * milliseconds of work. Left alone, a fast socket is read from 32 times a turn, and
 * eight of them keep everybody else waiting for 50 ms, several times in each call.
 */
const turnBytes = 1024 * kibibyte;

/** What each transfer may move at least: less costs more than it is worth. */
const leastBytes = 128 * kibibyte;

let open = 0;

/** A transfer's share of each turn of the event loop. */
export class TurnShare {
  readonly #onTurn: () => void;
  #moved = 0;
  #isSpent = false;
  #isScheduled = false;
  #isOpen = true;

  /** Takes part. @param onTurn called in the turn after one in which the share was spent. */
  constructor(onTurn: () => void) {
    this.#onTurn = onTurn;
    open += 1;
  }

  /** Whether no more is to be moved in this turn. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** Takes note of bytes. @returns whether there may be more of them in this turn. */
  take(bytes: number): boolean {
    this.#moved += bytes;
    this.#isSpent = this.#moved >= Math.max(leastBytes, turnBytes / open);
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => this.#turn());
    }
    return !this.#isSpent;
  }

  /** Takes part no longer. */
  close(): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      open -= 1;
    }
  }

  #turn(): void {
    this.#isScheduled = false;
    this.#moved = 0;
    if (this.#isSpent) {
      this.#isSpent = false;
      if (this.#isOpen) {
        this.#onTurn();
      }
    }
  }
}
