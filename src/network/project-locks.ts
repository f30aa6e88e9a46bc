import { Fault } from "../cloud/fault.ts";
import type { CallScope } from "../cloud/region.ts";
import { stopFault } from "../cloud/scope.ts";

/** Most calls that wait for one lock; more are asked to come again. */
const maxWaiting = 1000;

/**
 * Locks by key, within this process: who comes first is served first. A key that
 * nobody holds takes no memory.
 */
export class ProjectLocks {
  readonly #queues = new Map<string, { waiting: number; last: Promise<void> }>();

  /** Does work while nobody else does any under the key. A call that is cancelled leaves the queue. */
  async hold<T>(key: string, scope: CallScope, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? { waiting: 0, last: Promise.resolve() };
    this.#queues.set(key, queue);
    if (queue.waiting >= maxWaiting) {
      throw new Fault("RATE_LIMITED", `${maxWaiting} calls of this project wait for floating IPs`, {
        retryAfterMs: 1000,
      });
    }
    queue.waiting++;
    const before = queue.last;
    const done = Promise.withResolvers<void>();
    queue.last = done.promise;
    try {
      await turn(before, scope);
      return await work();
    } finally {
      // Whoever left before its turn passes it on, when it comes.
      void before.then(done.resolve);
      queue.waiting--;
      if (queue.waiting === 0) {
        this.#queues.delete(key);
      }
    }
  }
}

async function turn(before: Promise<void>, scope: CallScope): Promise<void> {
  const { signal } = scope;
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(stopFault(scope, Date.now()));
  if (signal.aborted) {
    throw stopFault(scope, Date.now());
  }
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([before, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
