import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const filesAProcess = 12;

/**
 * Makes test files that import others, so that up to a dozen of one folder run in one process: to load
 * Oaktree's 1,500 modules takes longer than most tests do. Answers their paths.
 *
 * They are told apart by the place of an assertion, which TAP shows. One that hangs takes its companions with
 * it, and what a file leaves in the process the next one finds: `npm run test:all` gives each a process of its own.
 */
export function shareProcesses(root: string, files: readonly string[]): string[] {
  const folder = join(root, "node_modules/.cache/oaktree-tests");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const byFolder = Map.groupBy(files, (file) => file.split("/")[1] ?? "");
  return [...byFolder].flatMap(([name, ofFolder]) =>
    chunks(ofFolder, filesAProcess).map((chunk, index) => {
      const path = join(folder, `${name}-${index + 1}.test.mjs`);
      // One after the other: awaited at the top, imports would be evaluated side by side.
      const lines = chunk.map((file) => `await import("${pathToFileURL(join(root, file)).href}");\n`);
      writeFileSync(path, lines.join(""));
      return path;
    }),
  );
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
