import { setTimeout as delay } from "node:timers/promises";

/** What is polled, and how often. */
export interface PollOptions<Item, Source> {
  /** Makes one poll and answers what it saw of these ids, by id; others may be left out. */
  readonly poll: (
    ids: ReadonlySet<string>,
    source: Source,
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, Item>>;
  /** Milliseconds to the next poll, given the age of the youngest watcher. */
  readonly interval: (youngestMs: number) => number;
  /** Milliseconds to wait after an error of a poll; undefined where it ends the watch whose source was used. */
  readonly retryAfter: (error: unknown) => number | undefined;
  /** Called when the last watcher has gone. */
  readonly onIdle: () => void;
}

/**
 * One poll for any number of watchers. It runs while there are any; each of them
 * holds the latest item that it has not seen yet, so slow ones cost no memory
 * and see the newest state.
 *
 * Each watcher brings a source that sees the same as all others (one user's
 * tokens); a poll takes the newest one's, since that one's is good for longest.
 */
export class SharedPoll<Item, Source> {
  readonly #options: PollOptions<Item, Source>;
  readonly #watchers = new Set<Watcher<Item, Source>>();
  #running: AbortController | undefined;

  /** Makes a poll that runs when the first watcher comes. */
  constructor(options: PollOptions<Item, Source>) {
    this.#options = options;
  }

  /**
   * What polls see of one id from now on. Ends when the signal aborts, by throwing
   * its reason, or with the error that a poll with its source ended in.
   */
  async *watch(id: string, source: Source, signal: AbortSignal): AsyncGenerator<Item, never> {
    const watcher = new Watcher<Item, Source>(id, source);
    const stop = () => watcher.fail(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener("abort", stop, { once: true });
    this.#watchers.add(watcher);
    this.#start();
    try {
      while (true) {
        yield await watcher.next();
      }
    } finally {
      signal.removeEventListener("abort", stop);
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) {
        this.#running?.abort();
        this.#running = undefined;
        this.#options.onIdle();
      }
    }
  }

  #start(): void {
    if (this.#running === undefined) {
      const controller = new AbortController();
      this.#running = controller;
      void this.#run(controller.signal);
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    let waitMs = this.#intervalMs();
    while (!signal.aborted) {
      const startedAt = Date.now() + waitMs;
      try {
        await delay(waitMs, undefined, { signal });
        await this.#pollOnce(signal);
        // A slow cloud is given as much rest as it took to answer.
        waitMs = Math.max(this.#intervalMs(), Date.now() - startedAt);
      } catch (error) {
        waitMs = Math.max(this.#intervalMs(), this.#options.retryAfter(error) ?? 0);
      }
    }
  }

  async #pollOnce(signal: AbortSignal): Promise<void> {
    const newest = [...this.#watchers].at(-1);
    if (newest === undefined) {
      return;
    }
    const ids = new Set([...this.#watchers].map(({ id }) => id));
    try {
      const seen = await this.#options.poll(ids, newest.source, signal);
      for (const watcher of this.#watchers) {
        const item = seen.get(watcher.id);
        if (item !== undefined) {
          watcher.push(item);
        }
      }
    } catch (error) {
      if (!signal.aborted && this.#options.retryAfter(error) === undefined) {
        this.#watchers.delete(newest);
        newest.fail(error);
      }
      throw error;
    }
  }

  #intervalMs(): number {
    const youngest = Math.max(...[...this.#watchers].map(({ since }) => since));
    return this.#options.interval(Number.isFinite(youngest) ? Date.now() - youngest : 0);
  }
}

class Watcher<Item, Source> {
  readonly id: string;
  readonly source: Source;
  readonly since = Date.now();
  #latest: { item: Item } | undefined;
  #failed: { error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(id: string, source: Source) {
    this.id = id;
    this.source = source;
  }

  push(item: Item): void {
    this.#latest = { item };
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failed ??= { error };
    this.#wake?.();
  }

  async next(): Promise<Item> {
    while (true) {
      if (this.#failed !== undefined) {
        throw this.#failed.error;
      }
      if (this.#latest !== undefined) {
        const { item } = this.#latest;
        this.#latest = undefined;
        return item;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
