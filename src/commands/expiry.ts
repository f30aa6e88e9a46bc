import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { UsageError } from "./usage-error.ts";

const dayMs = 86_400_000;

/** Reads `--expires`: a number of days, a date, or never, which is undefined. */
export function expiryOf(text: string, now: number): Timestamp | undefined {
  if (text === "never") {
    return undefined;
  }
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const ms = days === undefined ? dateOf(text) : now + Number(days) * dayMs;
  if (Number.isNaN(ms) || ms <= now) {
    throw new UsageError(
      `--expires must be a number of days such as 90d, a date in the future such as 2027-02-01, or never, not ${JSON.stringify(text)}`,
    );
  }
  // Keystone keeps microseconds, but nobody needs to read them.
  return timestampFromMs(Math.floor(ms / 1000) * 1000);
}

function dateOf(text: string): number {
  return /^\d{4}-\d\d-\d\d(T[\d:.]+Z?)?$/.test(text) ? Date.parse(text) : Number.NaN;
}
