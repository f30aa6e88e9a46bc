import type { Clock } from "./clock.ts";

interface Event {
  readonly time: number;
  readonly run: () => void;
}

/**
 * What happens later in the sandbox. There are no timers: each request first
 * runs what has become due, each event at its own time, so that a test moves the
 * clock and sees the same as someone who waited.
 */
export class Timeline {
  readonly #clock: Clock;
  /** Sorted by time. Bounded by the numbers of servers and volumes, each of which has a few. */
  readonly #events: Event[] = [];
  #offset = 0;
  #running: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The time; while an event runs, the time that it was due. */
  now(): number {
    return this.#running ?? this.#clock.now() + this.#offset;
  }

  /** Moves the time forward and runs what has become due. */
  advance(milliseconds: number): void {
    this.#offset += milliseconds;
    this.settle();
  }

  /** Runs `run` when the delay has passed, and before any request after that. */
  after(delay: number, run: () => void): void {
    const time = this.now() + delay;
    let index = this.#events.length;
    while (index > 0 && (this.#events[index - 1] as Event).time > time) {
      index--;
    }
    this.#events.splice(index, 0, { time, run });
  }

  /** Runs what is due. */
  settle(): void {
    const now = this.#clock.now() + this.#offset;
    for (let next = this.#events[0]; next !== undefined && next.time <= now; next = this.#events[0]) {
      this.#events.shift();
      this.#running = next.time;
      try {
        next.run();
      } finally {
        this.#running = undefined;
      }
    }
  }
}
