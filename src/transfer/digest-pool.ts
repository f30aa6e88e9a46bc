import { availableParallelism } from "node:os";
import { DigestThread } from "./digest-thread.ts";

/** How long a thread without work is kept, in milliseconds: it takes 25 MiB, and its start 60 ms. */
const idleMs = 10_000;

/**
 * Most threads. One core is the event loop's, which moves bytes no faster than
 * three or four others digest them.
 */
const maxThreads = Math.min(4, Math.max(1, availableParallelism() - 1));

/** The threads that digest: started when there is work, ended when there was none for a while. */
export class DigestPool {
  readonly #threads = new Set<DigestThread>();
  readonly #max: number;
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** Starts none yet. */
  constructor(max = maxThreads, idle = idleMs) {
    this.#max = max;
    this.#idleMs = idle;
  }

  /** How many threads there are now. */
  get size(): number {
    return this.#threads.size;
  }

  /** How many digests they work at. */
  get load(): number {
    return [...this.#threads].reduce((sum, { load }) => sum + load, 0);
  }

  /** The thread with the least work. Undefined where none can be had. */
  least(): DigestThread | undefined {
    const [best] = [...this.#threads].sort((one, other) => one.load - other.load);
    return best?.load === 0 || this.#threads.size >= this.#max ? best : (this.#start() ?? best);
  }

  /** Says that a thread has less to do now. */
  released(): void {
    this.#timer ??= setTimeout(() => this.#retire(), this.#idleMs).unref();
  }

  /** Ends all threads. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await Promise.all([...this.#threads].map((thread) => thread.stop()));
  }

  #start(): DigestThread | undefined {
    try {
      const thread: DigestThread = new DigestThread(() => this.#threads.delete(thread));
      this.#threads.add(thread);
      return thread;
    } catch {
      // No memory or no threads left. The event loop digests, then.
      return undefined;
    }
  }

  #retire(): void {
    this.#timer = undefined;
    for (const thread of this.#threads) {
      if (thread.load === 0) {
        this.#threads.delete(thread);
        void thread.stop();
      }
    }
    if (this.#threads.size > 0) {
      this.released();
    }
  }
}

/** The process's threads. */
export const digestPool = new DigestPool();
