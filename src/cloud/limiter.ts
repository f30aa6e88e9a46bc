import { Fault } from "./fault.ts";
import type { CallScope } from "./region.ts";
import { stopFault } from "./scope.ts";

/** Gives a slot back. Further calls do nothing. */
export type Release = () => void;

/** Lets a number of calls through at once and queues a number of others, first come first served. */
export class Limiter {
  readonly #limit: number;
  readonly #queueLimit: number;
  readonly #cloud: string;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  /** At most `limit` calls at once and `queueLimit` waiting ones. */
  constructor(cloud: string, limit: number, queueLimit: number) {
    this.#cloud = cloud;
    this.#limit = limit;
    this.#queueLimit = queueLimit;
  }

  /** Waits for a slot. @throws Fault `RATE_LIMITED` when too many wait; `CANCELLED`, `DEADLINE_EXCEEDED`. */
  async take(scope: CallScope, now: () => number): Promise<Release> {
    if (scope.signal.aborted) {
      throw stopFault(scope, now());
    }
    if (this.#taken < this.#limit) {
      this.#taken += 1;
    } else {
      await this.#queue(scope, now);
    }
    let held = true;
    return () => {
      if (held) {
        held = false;
        this.#pass();
      }
    };
  }

  #queue(scope: CallScope, now: () => number): Promise<void> {
    if (this.#waiting.size >= this.#queueLimit) {
      throw new Fault("RATE_LIMITED", `too many calls wait for the cloud ${this.#cloud}`, {
        metadata: { cloud: this.#cloud },
        retryAfterMs: 1000,
      });
    }
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(go);
        reject(stopFault(scope, now()));
      };
      const go = (): void => {
        scope.signal.removeEventListener("abort", stop);
        resolve();
      };
      this.#waiting.add(go);
      scope.signal.addEventListener("abort", stop, { once: true });
    });
  }

  /** Hands the slot to the one who waits longest, so that it never looks free between them. */
  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken -= 1;
    } else {
      this.#waiting.delete(next);
      next();
    }
  }
}
