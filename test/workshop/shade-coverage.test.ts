import t from "tap";
import { readOperations } from "../../scripts/shade/operations.ts";
import { readSchema, rpcsByOperation } from "../../scripts/shade/schema.ts";
import { namedIn, testsByOperation } from "../../scripts/shade/tests.ts";

const operations = new Set(readOperations().map(({ name }) => name));

t.test("all operations of shade are there, each once", async (t) => {
  t.equal(readOperations().length, 383);
  t.equal(operations.size, 383);
});

t.test("schema and tests name operations that shade has", async (t) => {
  const named = [...rpcsByOperation(await readSchema()).keys(), ...testsByOperation().keys()];
  t.ok(named.length > 0);
  t.strictSame(
    named.filter((name) => !operations.has(name)),
    [],
  );
});

t.test("the calls of serves() are read from sources", async (t) => {
  const source = `
serves(t, "list_flavors", "search_flavors");
  serves(
    t,
    "get_flavor",
  );
// serves(t, "get_server");
reserves(t, "get_image");
`;
  t.strictSame(namedIn(source), ["list_flavors", "search_flavors", "get_flavor"]);
});
