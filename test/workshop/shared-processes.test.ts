import { readFileSync } from "node:fs";
import { basename } from "node:path";
import t from "tap";
import { shareProcesses } from "../../scripts/testing/shared-processes.ts";

t.test("each file is run once, with others of its folder, in order", async (t) => {
  const cloud = Array.from({ length: 13 }, (_, index) => `test/cloud/c${index}.test.ts`);
  const root = t.testdir();
  const made = shareProcesses(root, [...cloud, "test/rest/one word's.test.ts"]);
  t.strictSame(
    made.map((path) => basename(path)),
    ["cloud-1.test.mjs", "cloud-2.test.mjs", "rest-1.test.mjs"],
  );
  const imported = made.flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(/import\("file:\/\/([^"]*)"\)/g)].map(([, url = ""]) =>
      decodeURI(url),
    ),
  );
  t.strictSame(
    imported,
    [...cloud, "test/rest/one word's.test.ts"].map((file) => `${root}/${file}`),
  );
  t.strictSame(shareProcesses(root, []), [], "and what an earlier run has made is gone");
  t.throws(() => readFileSync(made[0] ?? ""), { code: "ENOENT" });
});
