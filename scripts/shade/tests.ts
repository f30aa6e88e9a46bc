import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The contract test that says it serves each of shade's operations, by the operation. */
export function testsByOperation(): Map<string, string> {
  const tests = new Map<string, string>();
  for (const file of globSync("test/contract/**/*.test.ts", { cwd: root })) {
    for (const operation of namedIn(readFileSync(`${root}${file}`, "utf8"))) {
      tests.set(operation, file);
    }
  }
  return tests;
}

/** The string literals in the calls `serves(t, "list_flavors", ...)` of a source. */
export function namedIn(source: string): string[] {
  // Comments are no calls.
  const code = source.replace(/^\s*\/\/.*$/gm, "").replace(/\/\*[\s\S]*?\*\//g, "");
  return [...code.matchAll(/\bserves\(\s*\w+\s*,([^)]*)\)/g)].flatMap(([, names]) =>
    [...(names ?? "").matchAll(/"(\w+)"/g)].map(([, name]) => name as string),
  );
}
