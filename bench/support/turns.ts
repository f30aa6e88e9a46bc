import { readFileSync } from "node:fs";
import { PerformanceObserver, performance } from "node:perf_hooks";

/** What the turns of an event loop were like. */
export interface TurnFigures {
  /** Length in ms, by the clock, of the turn that 99 of 100 moments of work do not exceed. */
  readonly "ms of a turn": number;
  /** Of 100 moments that the loop wanted to run, how many it waited for a core. */
  readonly "% waiting for a core": number;
  /** The longest pause to collect garbage. */
  readonly "ms of a GC pause": number;
}

/**
 * Measures the turns of this process's event loop by the clock. Linux tells a
 * thread's CPU time by the tick, of 4 ms, which is more than most turns take.
 */
export class Turns {
  #turns: number[] = [];
  #longestPause = 0;
  #ran = 0;
  #waited = 0;
  #last = awakeMs();
  #isOn = false;
  readonly #collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      this.#longestPause = Math.max(this.#longestPause, duration);
    }
  });

  /** Begins. */
  begin(): void {
    this.#turns = [];
    this.#longestPause = 0;
    [this.#ran, this.#waited] = scheduled();
    if (!this.#isOn) {
      this.#isOn = true;
      this.#last = awakeMs();
      this.#collections.observe({ entryTypes: ["gc"] });
      this.#tick();
    }
  }

  /** Ends. */
  end(): TurnFigures {
    this.#isOn = false;
    this.#collections.disconnect();
    const [ran, waited] = scheduled();
    const wait = waited - this.#waited;
    return {
      "ms of a turn": mostly(this.#turns),
      "% waiting for a core": (100 * wait) / (ran - this.#ran + wait),
      "ms of a GC pause": this.#longestPause,
    };
  }

  #tick(): void {
    const now = awakeMs();
    this.#turns.push(now - this.#last);
    this.#last = now;
    if (this.#isOn) {
      // It has no hold on the loop, which sleeps as it would: one that never does is no longer served first by Linux.
      setImmediate(() => this.#tick()).unref();
    }
  }
}

/** The cost that 99 of 100 parts of the sum of all do not exceed. */
function mostly(values: readonly number[]): number {
  const costs = values.toSorted((one, other) => one - other);
  const most = costs.reduce((sum, cost) => sum + cost, 0) * 0.99;
  let sum = 0;
  return (
    costs.find((cost) => {
      sum += cost;
      return sum >= most;
    }) ?? 0
  );
}

/** The clock, which stands while the loop sleeps, in ms. */
function awakeMs(): number {
  return performance.now() - performance.eventLoopUtilization().idle;
}

/** How long the loop's thread has run and has waited for a core so far, in ms; proc(5), schedstat. */
function scheduled(): [number, number] {
  const stat = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8");
  const [ran = 0, waited = 0] = stat.split(" ").map(Number);
  return [ran / 1e6, waited / 1e6];
}
