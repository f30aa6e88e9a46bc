import t from "tap";
import { countSuite } from "../../scripts/testing/count.ts";

t.strictSame(
  countSuite("FAILED: a\nTotal cases: 12\n10 passed, 2 failed\n", false),
  { passed: 10, failed: 2, skipped: 0 },
  "each case counts",
);
t.strictSame(countSuite("Total cases: 12\n12 passed, 0 failed\n", true), {
  passed: 12,
  failed: 0,
  skipped: 0,
});
t.strictSame(
  countSuite("12 passed, 0 failed\n", false),
  { passed: 12, failed: 1, skipped: 0 },
  "a bad end is told",
);
t.strictSame(countSuite("", true), { passed: 0, failed: 1, skipped: 0 }, "no case is no success");
