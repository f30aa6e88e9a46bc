import type { Timeline } from "./timeline.ts";

/** What every service's state has: the time, and numbers that rise. Services add what is theirs to it. */
export interface World {
  readonly timeline: Timeline;
  /** A number that rises. */
  serial(): number;
}

/** An empty world. */
export function newWorld(timeline: Timeline): World {
  let last = 0;
  return { timeline, serial: () => ++last };
}
