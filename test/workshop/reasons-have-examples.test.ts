import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t from "tap";
import { errorReasons } from "../../scripts/docs/errors-page.ts";
import { SchemaSource } from "../../scripts/schema/source.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const reasons = errorReasons(SchemaSource.build());

t.test("every reason has an example: what was asked, and the words that came", async (t) => {
  t.ok(reasons.length > 30);
  t.strictSame(
    reasons.filter(({ example = "" }) => !/^.+: ".+"$/.test(example)).map(({ reason }) => reason),
    [],
  );
});

t.test("every reason has a test that produces it, and none that is gone", async (t) => {
  const produced = new Set(
    globSync("test/**/*.test.ts", { cwd: root })
      .filter((file) => !file.startsWith("test/workshop/"))
      .flatMap((file) => namedIn(readFileSync(root + file, "utf8"))),
  );
  t.strictSame([...produced].sort(), reasons.map(({ reason }) => reason).sort());
});

t.test("the calls of produces() are read from sources", async (t) => {
  const source = `
produces(t, "NOT_FOUND", error);
  produces(
    t,
    "CONFLICT",
    await failure(call),
  );
// produces(t, "INTERNAL", error);
reproduces(t, "CANCELLED", error);
`;
  t.strictSame(namedIn(source), ["NOT_FOUND", "CONFLICT"]);
});

/** The reasons in the calls `produces(t, "NOT_FOUND", ...)` of a source. */
function namedIn(source: string): string[] {
  // Comments are no calls.
  const code = source.replace(/^\s*\/\/.*$/gm, "").replace(/\/\*[\s\S]*?\*\//g, "");
  return [...code.matchAll(/\bproduces\(\s*\w+,\s*"(\w+)"/g)].map(([, reason]) => reason as string);
}
