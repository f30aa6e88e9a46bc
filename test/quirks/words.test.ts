import { readFile } from "node:fs/promises";
import t from "tap";
import { effectsOf, quirks } from "../../src/sandbox/quirks/quirks.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import { root } from "../workshop/source-files.ts";

t.test("every quirk is in docs/sandbox.md, with what may stand behind it", async (t) => {
  const page = await readFile(`${root}docs/sandbox.md`, "utf8");
  for (const name of Object.keys(quirks)) {
    t.match(page, new RegExp(`^\\| \`${name}(\\[?=|\`)`, "m"), name);
  }
});

t.test("what is no quirk is told", async (t) => {
  await t.rejects(startSandbox({ quirks: ["unknown"] }), {
    name: "RangeError",
    message: /there is no quirk unknown/,
  });
  for (const wrong of [
    "pages=x",
    "pages=0",
    "status=200",
    "drop=never",
    "latency=9..1",
    "raw-only=1",
    "servers=0",
  ]) {
    t.throws(() => effectsOf([wrong]), { name: "RangeError" }, wrong);
  }
  await t.rejects(startSandbox({ quirks: ["microversions=2.999"] }), { name: "RangeError" });
});
