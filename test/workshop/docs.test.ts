import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import t from "tap";

const root = fileURLToPath(new URL("../..", import.meta.url));

t.test("the pages that are made from the schema are up to date", async (t) => {
  const script = `${root}scripts/docs.ts`;
  await t.resolves(
    promisify(execFile)(process.execPath, [script, "--check"], { cwd: root, timeout: 120_000 }),
  );
});
