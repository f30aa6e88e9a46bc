import { whole } from "./values.ts";

/** Longest that an answer is held back, in milliseconds. */
const most = 600_000;

/** How many standard deviations the 99th percentile of a normal distribution is off. */
const p99 = 2.326;

/** How late each answer comes: `50`, evenly `10..500`, or log-normal `MEDIAN/P99` as the times of real services are. @throws RangeError. */
export function latency(text: string): () => number {
  const [, first = text, kind, second = ""] = /^(\d+)(\.\.|\/)(\d+)$/.exec(text) ?? [];
  const low = whole("latency", first, 0, most);
  if (kind === undefined) {
    return () => low;
  }
  const high = whole("latency", second, Math.max(low, 1), most);
  if (kind === "..") {
    return () => low + Math.random() * (high - low);
  }
  const deviation = Math.log(high / Math.max(low, 1)) / p99;
  return () => Math.min(most, low * Math.exp(deviation * normal()));
}

/** A normally distributed number (Box and Muller). */
function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
