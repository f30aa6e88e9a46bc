import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The root of the project, with a slash at its end. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The files of Oaktree's own code, without generated ones, from the root. */
export function sourceFiles(): string[] {
  return globSync("src/**/*.ts", { cwd: root })

    .filter((file) => !file.startsWith("src/gen/"))
    .sort();
}

/** The lines that export something of their own without a doc comment above them. */
export function undocumented(source: string): string[] {
  const lines = source.split("\n");
  return lines.filter(
    (line, at) =>
      /^export (default |declare |abstract |async )*(function|class|const|let|type \w|interface)/.test(
        line,
      ) && !(lines[at - 1] ?? "").trimEnd().endsWith("*/"),
  );
}
