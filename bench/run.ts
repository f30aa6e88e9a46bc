// npm run bench [NAME ...] [-- --full --json]
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import type { BenchOptions, Row } from "./support/measure.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
});
const benches = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file) => file.slice(0, -".ts".length))
  .filter((name) => positionals.length === 0 || positionals.includes(name));
if (benches.length === 0) {
  throw new Error(`there is no benchmark ${positionals.join(", ")}`);
}
for (const name of benches) {
  const { run } = (await import(`./${name}.ts`)) as { run(options: BenchOptions): Row[] | Promise<Row[]> };
  const rows = await run({ full: values.full });
  process.stdout.write(values.json ? `${JSON.stringify({ bench: name, rows })}\n` : table(name, rows));
}

/** Rows as text, with a column for each figure that any of them has. */
function table(title: string, rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
  const lines = [
    [title, ...columns],
    ...rows.map(({ name, figures }) => [`  ${name}`, ...columns.map((column) => shown(figures[column]))]),
  ];
  const widths = [title, ...columns].map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart((widths[at] ?? 0) + 3)))
        .join(""),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function shown(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) {
    return "";
  }
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
