// The tests: `npm test [-- FILE...]` runs what this machine can with Node alone,
// `npm run test:all` everything. The last line is the count of both.
import { parseArgs } from "node:util";
import { interruptible } from "./testing/command.ts";
import { add, closingLine, exitCode, nothing } from "./testing/count.ts";
import { leftOut } from "./testing/left-out.ts";
import { checks, outages, realParts, tests } from "./testing/stages.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { all: { type: "boolean", default: false } },
});
const { all } = values;
// Named files are run alone, without the checks of the whole tree.
const stages =
  positionals.length > 0
    ? [tests({ all, files: positionals })]
    : [...checks, ...(all ? realParts() : []), tests({ all }), ...(all ? [outages()] : [])];

let count = nothing;
for (const { name, run } of stages) {
  if (interruptible.aborted) {
    break;
  }
  console.log(`\n== ${name}`);
  const began = performance.now();
  const outcome = await run();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`== ${name}: ${outcome.failed > 0 ? "FAILED" : "passed"} in ${seconds} s`);
  count = add(count, outcome);
}
for (const { cleanUp } of stages.toReversed()) {
  await cleanUp?.();
}

console.log("");
if (all && count.skipped > 0) {
  console.log(`${count.skipped} tests were skipped, and this run is to leave nothing out`);
  count = add(count, { ...nothing, failed: 1 });
}
if (!all && positionals.length === 0) {
  const parts = leftOut(process.env);
  console.log("Left out; npm run test:all runs them (Debian 12, root):");
  for (const { name, needs } of parts) {
    console.log(`  - ${name}: needs ${needs}`);
  }
  count = add(count, { ...nothing, skipped: parts.length });
}
if (interruptible.aborted) {
  console.log("interrupted");
  count = add(count, { ...nothing, failed: 1 });
}
console.log(closingLine(count));
process.exitCode = exitCode(count);
