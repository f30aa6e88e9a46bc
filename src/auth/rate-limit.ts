import { BoundedMap } from "../cloud/bounded-map.ts";
import { Fault } from "../cloud/fault.ts";

/** How often one key may come. */
export interface Rate {
  /** Times in a row. */
  readonly burst: number;
  /** Times a second, in the long run. */
  readonly perSecond: number;
}

/** Keys that are remembered; who came longest ago is forgotten. About 2 MiB at most. */
const maxKeys = 10_000;

/** A token bucket for each key. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #buckets = new BoundedMap<{ left: number; at: number }>(maxKeys);

  /** Every key starts with a full bucket. */
  constructor(rate: Rate, now: () => number = Date.now) {
    this.#rate = rate;
    this.#now = now;
  }

  /** Counts one more. @throws Fault `RATE_LIMITED` when it is one too many. */
  take(key: string): void {
    const { burst, perSecond } = this.#rate;
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { left: burst, at: now };
    const passed = Math.max(0, now - bucket.at) / 1000;
    const left = Math.min(burst, bucket.left + passed * perSecond);
    if (left < 1) {
      this.#buckets.set(key, { left, at: now });
      throw new Fault("RATE_LIMITED", "too many requests for tokens: keep the token until it expires", {
        retryAfterMs: Math.ceil(((1 - left) / perSecond) * 1000),
      });
    }
    this.#buckets.set(key, { left: left - 1, at: now });
  }
}
