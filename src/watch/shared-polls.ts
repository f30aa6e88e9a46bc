import { isFault } from "../cloud/fault.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { PollCensus } from "./poll-census.ts";
import { type PollOptions, SharedPoll } from "./shared-poll.ts";

/** How often things are polled. */
export interface PollIntervals {
  /** Milliseconds between polls while the youngest wait is fresh. Default 1000. */
  readonly minIntervalMs?: number;
  /** Milliseconds between polls when all waits are old. Default 5000. */
  readonly maxIntervalMs?: number;
  /** Is told which polls there are. */
  readonly census?: PollCensus;
}

/** One poll of a region: what it saw of these ids. */
export type Poll<Item> = PollOptions<Item, Region>["poll"];

/**
 * The polls of one kind of things, one for each set of rights (cloud, region,
 * user, project, roles) that somebody waits with.
 */
export class SharedPolls<Item> {
  readonly #start: () => Poll<Item>;
  readonly #options: PollIntervals & { readonly minIntervalMs: number; readonly maxIntervalMs: number };
  readonly #polls = new Map<string, SharedPoll<Item, Region>>();

  /** Makes the polls, each with a state of its own from `start`; none runs before somebody waits. */
  constructor(start: () => Poll<Item>, options: PollIntervals = {}) {
    this.#start = start;
    this.#options = { minIntervalMs: 1000, maxIntervalMs: 5000, ...options };
  }

  /** What is seen of one id from now on. Throws the signal's reason when it aborts. */
  watch(id: string, region: Region, scope: CallScope): AsyncGenerator<Item, never> {
    const key = region.shareKey;
    let poll = this.#polls.get(key);
    if (poll === undefined) {
      poll = this.#make(() => this.#polls.delete(key));
      this.#polls.set(key, poll);
    }
    return poll.watch(id, region, scope.signal);
  }

  #make(onIdle: () => void): SharedPoll<Item, Region> {
    const { minIntervalMs, maxIntervalMs, census } = this.#options;
    const poll = this.#start();
    return new SharedPoll({
      poll: async (...args) => {
        census?.begun(poll);
        const seen = await poll(...args);
        census?.answered(poll);
        return seen;
      },
      interval: (youngestMs) => Math.min(Math.max(youngestMs / 10, minIntervalMs), maxIntervalMs),
      retryAfter: (error) =>
        isFault(error, "UPSTREAM_UNAVAILABLE", "UPSTREAM_ERROR", "UPSTREAM_GARBAGE", "RATE_LIMITED")
          ? (error.retryAfterMs ?? minIntervalMs)
          : undefined,
      onIdle: () => {
        census?.ended(poll);
        onIdle();
      },
    });
  }
}
