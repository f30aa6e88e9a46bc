import { BoundedMap } from "../cloud/bounded-map.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import { within } from "../cloud/scope.ts";

/** Most callers whose answers are kept; those unused for longest go first. */
const maxKept = 1000;

/** Longest that one read may take, whoever waits for it. */
const limitMs = 30_000;

/** Reads something of a region. */
export type Read<T> = (region: Region, scope: CallScope) => Promise<T>;

interface Entry<T> {
  readonly value: Promise<T>;
  /** Until when it is good. Undefined while it is read. */
  until?: number;
}

/**
 * Something of a region that many calls need at the same time: read once for all who
 * ask while it is read, and for some time after, for each set of rights by itself.
 */
export class KeptRead<T> {
  readonly #keptForMs: number;
  readonly #read: Read<T>;
  readonly #entries = new BoundedMap<Entry<T>>(maxKept);

  /** Reads nothing before somebody asks. */
  constructor(keptForMs: number, read: Read<T>) {
    this.#keptForMs = keptForMs;
    this.#read = read;
  }

  /** What was read. A call that is cancelled ends only its own wait. */
  async get(region: Region, scope: CallScope): Promise<T> {
    const key = region.shareKey;
    let entry = this.#entries.get(key);
    if (entry === undefined || (entry.until !== undefined && entry.until <= Date.now())) {
      entry = this.#begin(key, region, scope);
    }
    return within(scope, entry.value, Date.now);
  }

  /** Has it read anew by the next who asks: it was changed. */
  forget(region: Region): void {
    this.#entries.delete(region.shareKey);
  }

  #begin(key: string, region: Region, scope: CallScope): Entry<T> {
    const { requestId } = scope;
    const signal = AbortSignal.timeout(limitMs);
    const value = this.#read(region, { signal, deadline: Date.now() + limitMs, requestId });
    const entry: Entry<T> = { value };
    this.#entries.set(key, entry);
    value.then(
      () => {
        entry.until = Date.now() + this.#keptForMs;
      },
      () => {
        if (this.#entries.get(key) === entry) {
          this.#entries.delete(key);
        }
      },
    );
    return entry;
  }
}
