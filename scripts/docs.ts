// Writes the pages that are made from the schema: `npm run docs`. With --check it
// changes nothing, and fails when one of them is not up to date.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { apiPages } from "./docs/api-pages.ts";
import { enginePage } from "./docs/engine-page.ts";
import { errorsPage } from "./docs/errors-page.ts";
import { SchemaSource } from "./schema/source.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = SchemaSource.build();
const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");

/** Text by path, of every page; a page that is made in part only gets its present text. */
const pages = new Map<string, string>([
  ["docs/engine.md", enginePage(source, read("docs/engine.md"))],
  ["docs/errors.md", errorsPage(source)],
  ...apiPages(source),
]);
// These folders have nothing but what is made here.
const left = ["docs/api"]
  .filter((folder) => existsSync(`${root}${folder}`))
  .flatMap((folder) => readdirSync(`${root}${folder}`).map((name) => `${folder}/${name}`))
  .filter((path) => !pages.has(path));
const stale = [...pages].filter(([path, text]) => !existsSync(`${root}${path}`) || read(path) !== text);

if (process.argv.includes("--check")) {
  const wrong = [...stale.map(([path]) => path), ...left];
  if (wrong.length > 0) {
    throw new Error(`not up to date, npm run docs helps: ${wrong.join(", ")}`);
  }
} else {
  for (const path of left) {
    rmSync(`${root}${path}`);
  }
  for (const [path, text] of stale) {
    mkdirSync(dirname(`${root}${path}`), { recursive: true });
    writeFileSync(`${root}${path}`, text);
    console.log(path);
  }
}
