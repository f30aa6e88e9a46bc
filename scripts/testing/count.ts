/** How many checks and assertions came out how. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The count to start from. */
export const nothing: Count = { passed: 0, failed: 0, skipped: 0 };

/** Both together. */
export function add(a: Count, b: Count): Count {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The line that machines read. */
export function closingLine({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** A run in which nothing was tested is no success. */
export function exitCode({ passed, failed }: Count): number {
  return failed > 0 || passed === 0 ? 1 : 0;
}

/**
 * Reads how many cases the conformance suite ran, from the end of its output: `5286
 * passed, 0 failed`. Output without it, or a suite that ended badly, counts as one
 * failure more.
 */
export function countSuite(output: string, succeeded: boolean): Count {
  const [, passed, failed] = output.match(/^(\d+) passed, (\d+) failed$/m) ?? [];
  if (passed === undefined || (Number(failed) === 0 && !succeeded)) {
    return { ...nothing, passed: Number(passed ?? 0), failed: 1 };
  }
  return { ...nothing, passed: Number(passed), failed: Number(failed) };
}

/**
 * Reads the count of assertions that tap writes at the end of its output, such as
 * `# { total: 9, pass: 7, fail: 1, skip: 1 }`. Output without it, or with one that
 * hides tap's own verdict, counts as one failure more.
 */
export function countTap(output: string, succeeded: boolean): Count {
  const totals = output.match(/^# \{ total: .*\}$/gm)?.at(-1);
  if (totals === undefined) {
    return { ...nothing, failed: 1 };
  }
  const of = (word: string) => Number(totals.match(new RegExp(`\\b${word}: (\\d+)`))?.[1] ?? 0);
  const failed = of("fail");
  return {
    passed: of("pass"),
    failed: failed === 0 && !succeeded ? 1 : failed,
    skipped: of("skip") + of("todo"),
  };
}
