import { BoundedMap } from "../cloud/bounded-map.ts";

/** Most addresses that are held at once; the oldest are let go first. */
const maxHeld = 10_000;

/** The floating IPs that were given out and not attached yet, within this process. */
export class Reservations {
  readonly #held = new BoundedMap<number>(maxHeld);

  /** Holds a floating IP for some time. */
  hold(id: string, forMs: number): void {
    this.#held.set(id, Date.now() + forMs);
  }

  /** Lets go of it: it is attached. */
  release(id: string): void {
    this.#held.delete(id);
  }

  /** Whether somebody was given it. */
  isHeld(id: string): boolean {
    return (this.#held.get(id) ?? 0) > Date.now();
  }
}
