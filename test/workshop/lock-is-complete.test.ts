import { readFile } from "node:fs/promises";
import t from "tap";
import { type Lock, missingOptionals } from "../../scripts/lock-file.ts";

for (const name of ["package-lock.json", "web/package-lock.json"]) {
  t.test(`${name} has the packages of every platform`, async (t) => {
    const file = await readFile(new URL(`../../${name}`, import.meta.url), "utf8");
    const missing = missingOptionals(JSON.parse(file) as Lock);
    t.strictSame(missing, [], `node scripts/complete-lock.ts ${name} adds them`);
  });
}

t.test("a missing package is noticed wherever Node would look for it", async (t) => {
  const lock = {
    packages: {
      "": {},
      "node_modules/a": { version: "1.0.0", optionalDependencies: { b: "1.0.0", c: "2.0.0" }, dev: true },
      "node_modules/a/node_modules/b": { version: "1.0.0" },
      "node_modules/a/node_modules/b/node_modules/c": { version: "2.0.0" },
    },
  };
  t.strictSame(missingOptionals(lock), [{ name: "c", version: "2.0.0", dev: true }]);
});
