import { readFile } from "node:fs/promises";
import { dirname, normalize } from "node:path";
import t from "tap";
import { root, sourceFiles } from "./source-files.ts";

const folder = "src/sandbox/";

/** What each file of the sandbox imports of the sandbox. */
async function imports(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const file of sourceFiles().filter((each) => each.startsWith(folder))) {
    const text = await readFile(root + file, "utf8");
    const targets = [...text.matchAll(/from "(\.[^"]*)"/g)].map(([, path = ""]) =>
      normalize(`${dirname(file)}/${path}`),
    );
    found.set(
      file,
      targets.filter((each) => each.startsWith(folder)),
    );
  }
  return found;
}

/** Those that a circle leads through: what is left when all that imports nothing left is taken away, again and again. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const left = new Set(graph.keys());
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const each of left) {
      if (!(graph.get(each) ?? []).some((target) => target !== each && left.has(target))) {
        left.delete(each);
      }
    }
  }
  return [...left];
}

const part = (file: string) => file.slice(folder.length).split("/").slice(0, -1)[0] ?? "";

t.test("no import of the sandbox goes in a circle, between files or folders", async (t) => {
  const files = await imports();
  t.ok(files.size > 50);
  t.strictSame(circles(files), []);
  const folders = new Map<string, string[]>();
  for (const [file, targets] of files) {
    folders.set(part(file), [...(folders.get(part(file)) ?? []), ...targets.map(part)]);
  }
  t.strictSame(circles(folders), []);
  t.strictSame(new Set(folders.get("core")), new Set(["core"]), "the core knows no service");
});

t.test("a circle is noticed", async (t) => {
  t.strictSame(
    circles(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["a"]],
        ["d", []],
      ]),
    ),
    ["a", "b", "c"],
  );
});
