import t from "tap";
import { closingLine, countTap, exitCode } from "../../scripts/testing/count.ts";

t.test("tap's totals are read", async (t) => {
  const output =
    "# { total: 1, pass: 1 }\nok 1\n# { total: 9, pass: 6, fail: 1, skip: 1, todo: 1 }\n# time=1ms\n";
  t.strictSame(countTap(output, false), { passed: 6, failed: 1, skipped: 2 });
});

t.test("a run that ended without totals has failed", async (t) => {
  t.match(countTap("ok 1 - a test\n", true), { failed: 1 });
});

t.test("tap's verdict stands where its totals know of no failure", async (t) => {
  t.match(countTap("# { total: 9, pass: 9 }\n", false), { passed: 9, failed: 1 });
});

t.test("a run in which nothing was tested is no success", async (t) => {
  t.equal(exitCode({ passed: 0, failed: 0, skipped: 4 }), 1);
  t.equal(exitCode({ passed: 1, failed: 0, skipped: 4 }), 0);
  t.equal(exitCode({ passed: 9, failed: 1, skipped: 0 }), 1);
});

t.test("the closing line is for machines", async (t) => {
  t.equal(closingLine({ passed: 3, failed: 0, skipped: 1 }), "3 passed, 0 failed, 1 skipped");
});
