import { readFileSync } from "node:fs";
import t from "tap";
import { limitsOf, tunable, usualLimits } from "../../src/server/limits.ts";

t.test("limits are changed by name, within bounds", async (t) => {
  t.strictSame(limitsOf([]), usualLimits);
  t.strictSame(limitsOf(["streams=7", "idle-seconds=1"]), { ...usualLimits, streams: 7, "idle-seconds": 1 });
  for (const wrong of [
    "streams",
    "streams=",
    "streams=x",
    "streams=-1",
    "streams=0",
    "streams=99999999",
    "toString=1",
    "=1",
  ]) {
    t.throws(() => limitsOf([wrong]), /--limit/, wrong);
  }
});

t.test("docs/deploying.md has each of them as it is", async (t) => {
  const page = readFileSync(new URL("../../docs/deploying.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (\d+) \|/gm)].map(([, name, usual]) => [
    name,
    Number(usual),
  ]);
  t.strictSame(
    rows,
    Object.entries(tunable).map(([name, { usual }]) => [name, usual]),
  );
});
