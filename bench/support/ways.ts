import { median, medianRatio, percentile, type Row } from "./measure.ts";
import type { MeasuredProcess } from "./processes.ts";

/** A way to move bytes. */
export interface Way {
  /** What it is. */
  readonly name: string;
  /** The process whose use of the machine is told, if any. */
  readonly process?: MeasuredProcess;
  /** Moves them; only this is timed. */
  readonly move: () => Promise<unknown>;
  /** Clears up behind it. */
  readonly after?: () => Promise<unknown>;
}

/** Takes ways in turn, and compares each with the first one, by its name. */
export async function compare(
  ways: readonly Way[],
  { size, rounds, first }: { size: number; rounds: number; first: string },
): Promise<Row[]> {
  const seen = ways.map(() => ({ rate: [] as number[], cpu: [] as number[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [index, way] of ways.entries()) {
      const before = await way.process?.cpuSeconds();
      const began = performance.now();
      await way.move();
      const seconds = (performance.now() - began) / 1000;
      const used = ((await way.process?.cpuSeconds()) ?? Number.NaN) - (before ?? Number.NaN);
      await way.after?.();
      // The first round warms up.
      if (round > 0) {
        seen[index]?.rate.push(size / 1e6 / seconds);
        seen[index]?.cpu.push(used / (size / 1e9));
      }
    }
  }
  const [base] = seen;
  return await Promise.all(
    ways.map(async ({ name, process }, index) => {
      const { rate = [], cpu = [] } = seen[index] ?? {};
      const ratios = rate.map((value, round) => value / (base?.rate[round] ?? value));
      return {
        name,
        figures: {
          "MB/s": median(rate),
          [`to ${first}`]: medianRatio(rate, base?.rate ?? []),
          p10: percentile(ratios, 10),
          p90: percentile(ratios, 90),
          ...(process && { "CPU s/GB": median(cpu), "peak MiB": (await process.memory()).peak }),
        },
      };
    }),
  );
}
