/** Where the sandbox gets the time from. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** A clock that stands still; `Sandbox.advance` alone moves the sandbox's time. */
export function frozenClock(at: number | string = "2026-01-01T00:00:00Z"): Clock {
  const time = typeof at === "number" ? at : Date.parse(at);
  return { now: () => time };
}

/** A time as Nova and Keystone write it, without a fraction: `2026-01-01T00:00:00Z`. */
export function isoSeconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** A time as it comes out of Nova's database: `2026-01-01T00:00:00.000000`, without a zone. */
export function isoMicros(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}.000000`;
}
