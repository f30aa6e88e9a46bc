/** Which shared polls there are, for whoever watches over the process. */
export class PollCensus {
  readonly #polls = new Map<object, { readonly since: number; answeredAt: number }>();

  /** A poll asks the cloud, maybe not for the first time. Bounded by those who wait: it ends with its last watcher. */
  begun(poll: object): void {
    if (!this.#polls.has(poll)) {
      const now = Date.now();
      this.#polls.set(poll, { since: now, answeredAt: now });
    }
  }

  /** The cloud has answered a poll. */
  answered(poll: object): void {
    const known = this.#polls.get(poll);
    if (known !== undefined) {
      known.answeredAt = Date.now();
    }
  }

  /** A poll has ended. */
  ended(poll: object): void {
    this.#polls.delete(poll);
  }

  /** How many there are now. */
  get count(): number {
    return this.#polls.size;
  }

  /** Milliseconds since the oldest began; 0 when there is none. */
  get oldestMs(): number {
    return this.#age(({ since }) => since);
  }

  /** Milliseconds since the longest unanswered was answered; 0 when there is none. */
  get stalestMs(): number {
    return this.#age(({ answeredAt }) => answeredAt);
  }

  #age(of: (poll: { since: number; answeredAt: number }) => number): number {
    const now = Date.now();
    return [...this.#polls.values()].reduce((most, poll) => Math.max(most, now - of(poll)), 0);
  }
}
