/** One line of a benchmark's table. */
export interface Row {
  /** What was measured. */
  readonly name: string;
  /** The figures, by what their column says: quantity and unit. */
  readonly figures: Readonly<Record<string, number>>;
}

/** What `npm run bench` lets a benchmark know. */
export interface BenchOptions {
  /** Take the time that exact figures need. */
  readonly full: boolean;
}

/**
 * Times functions in turn, A B C A B C ..., so that a machine whose speed drifts
 * spoils no comparison, and takes medians. The first round warms up.
 */
export function measure(
  { rounds, per, unit }: { rounds: number; per: number; unit: string },
  functions: readonly (readonly [name: string, work: () => unknown])[],
): Row[] {
  const times = functions.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, [, work]] of functions.entries()) {
      const started = performance.now();
      work();
      if (round > 0) {
        times[index]?.push(((performance.now() - started) * 1000) / per);
      }
    }
  }
  const [first = []] = times;
  return functions.map(([name], index) => {
    const own = times[index] ?? [];
    return { name, figures: { [`µs a ${unit}`]: median(own), ratio: medianRatio(own, first) } };
  });
}

/** The middle one of the values. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value that so many percent of the values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

/** The median of the ratios of values that were taken in the same round. */
export function medianRatio(values: readonly number[], base: readonly number[]): number {
  return median(values.map((value, round) => value / (base[round] ?? value)));
}
