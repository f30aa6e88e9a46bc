/**
 * Runs work once for all who ask for it while it runs. Bounded by the calls in
 * flight: nothing is kept after the work ended.
 */
export class SingleFlight<T> {
  readonly #running = new Map<string, Promise<T>>();

  /** Joins the work that runs under the key, or starts it. */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (running !== undefined) {
      return running;
    }
    const started = work().finally(() => this.#running.delete(key));
    // Whoever waits sees the rejection; all of them may have left before.
    started.catch(() => undefined);
    this.#running.set(key, started);
    return started;
  }
}
