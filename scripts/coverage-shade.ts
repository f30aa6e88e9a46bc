// Prints how many of shade's operations Oaktree serves, by service and tier:
// `npm run coverage:shade [-- --missing]` (with the names of those it does not).
// An operation counts once an RPC names it in `(oaktree.rest.v1.shade)` and a
// contract test says by `serves(...)` that it has called that RPC.
import { parseArgs } from "node:util";
import { type Operation, readOperations } from "./shade/operations.ts";
import { readSchema, rpcsByOperation } from "./shade/schema.ts";
import { testsByOperation } from "./shade/tests.ts";

const { values } = parseArgs({ options: { missing: { type: "boolean", default: false } } });
const operations = readOperations();
const rpcs = rpcsByOperation(await readSchema());
const tests = testsByOperation();

const isServed = ({ name }: Operation) => rpcs.has(name) && tests.has(name);
const tiers = [1, 2, 3];

row("service", [...tiers.map((tier) => `tier ${tier}`), "all"]);
for (const service of [...new Set(operations.map((operation) => operation.service))].sort()) {
  summary(
    service,
    operations.filter((operation) => operation.service === service),
  );
}
summary("all", operations);

if (values.missing) {
  console.log("\nMissing:");
  for (const operation of operations.filter((one) => !isServed(one))) {
    const why = rpcs.has(operation.name)
      ? `${rpcs.get(operation.name)} has no contract test for it`
      : `${operation.rpc_service}.${operation.rpc} is to be written`;
    console.log(`  ${operation.name} (tier ${operation.tier}): ${why}`);
  }
}

const known = new Set(operations.map(({ name }) => name));
const unknown = [...rpcs.keys(), ...tests.keys()].filter((name) => !known.has(name));
if (unknown.length > 0) {
  console.error(`shade has no such operations: ${[...new Set(unknown)].join(", ")}`);
  process.exitCode = 1;
}

function summary(label: string, some: readonly Operation[]): void {
  const parts = [...tiers.map((tier) => some.filter((operation) => operation.tier === tier)), some];
  row(
    label,
    parts.map((part) => (part.length === 0 ? "" : `${part.filter(isServed).length}/${part.length}`)),
  );
}

function row(label: string, cells: readonly string[]): void {
  console.log(label.padEnd(36) + cells.map((cell) => cell.padStart(9)).join(""));
}
