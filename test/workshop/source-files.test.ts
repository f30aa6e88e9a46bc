import { readFile } from "node:fs/promises";
import t from "tap";
import { root, sourceFiles, undocumented } from "./source-files.ts";

t.test("every exported symbol has a doc comment", async (t) => {
  for (const file of sourceFiles()) {
    t.strictSame(undocumented(await readFile(root + file, "utf8")), [], file);
  }
});

t.test("what has no doc comment is noticed", async (t) => {
  const source = `
/** Documented. */
export const a = 1;

// Only for readers of the code.
export const b = 2;
export async function c() {}
export type { D } from "./d.ts";
/**
 * Documented at length.
 */
export abstract class E {}
`;
  t.strictSame(undocumented(source), ["export const b = 2;", "export async function c() {}"]);
});

t.test("no file grows beyond what one reads at a sitting", async (t) => {
  for (const file of sourceFiles()) {
    const lines = (await readFile(root + file, "utf8")).split("\n").length - 1;
    t.ok(lines <= 350, `${file} has ${lines} lines`);
  }
});
