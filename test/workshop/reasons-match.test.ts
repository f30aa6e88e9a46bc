import { readFile } from "node:fs/promises";
import t from "tap";
import { ErrorReasonSchema } from "../../src/gen/oaktree/v1/errors_pb.js";

t.test("the reasons of faults are those of the schema", async (t) => {
  const source = await readFile(new URL("../../src/cloud/fault.ts", import.meta.url), "utf8");
  const type = source.match(/^export type Reason =\n([^;]+);/m)?.[1] ?? "";
  const inCode = [...type.matchAll(/"(\w+)"/g)].map(([, reason]) => reason);
  const inSchema = ErrorReasonSchema.values
    .filter(({ number }) => number !== 0)
    .map(({ name }) => name.replace(/^ERROR_REASON_/, ""));
  t.ok(inCode.length > 0);
  t.strictSame(inCode.sort(), inSchema.sort());
});
