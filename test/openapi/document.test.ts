import { Validator } from "@seriousme/openapi-schema-validator";
import t from "tap";
import { apiServices } from "../../src/rpc/schema.ts";
import { plain, start } from "../server/harness.ts";
import { document, faultsOf, operations, schemas } from "../support/openapi.ts";

t.test("it is served to everybody, and kept as long as it is the same", async (t) => {
  const server = await start();
  t.teardown(() => server.close());
  const answer = await fetch(`${server.url}/openapi.json`);
  t.equal(answer.status, 200);
  t.match(answer.headers.get("content-type"), /^application\/json/);
  t.strictSame(await answer.json(), document);
  const etag = answer.headers.get("etag") ?? "";
  const again = await fetch(`${server.url}/openapi.json`, { headers: { "if-none-match": etag } });
  t.equal(again.status, 304);
});

t.test("it is valid OpenAPI 3.1", async (t) => {
  const validator = new Validator();
  const result = await validator.validate(structuredClone(document));
  t.ok(result.valid, "by the schema of the specification", { errors: result.errors });
  t.equal(validator.version, "3.1");
  // Compiles each schema, and so finds references that lead nowhere.
  for (const name of Object.keys(schemas)) {
    t.doesNotThrow(() => faultsOf(name, {}), name);
  }
});

t.test("it has every RPC that is one request and one answer, and GET where nothing changes", async (t) => {
  const methods = apiServices.flatMap((service) => service.methods);
  const expected = methods
    .filter(({ methodKind }) => methodKind === "unary")
    .map(({ parent, name, idempotency }) => `${parent.typeName}/${name} ${idempotency === 1}`);
  t.strictSame(operations.map(({ path, hasGet }) => `${path.slice(1)} ${hasGet}`).sort(), expected.sort());
  const ids = Object.values(document.paths).flatMap(({ post, get }) => [post, ...(get ? [get] : [])]);
  t.equal(new Set(ids.map(({ operationId }) => operationId)).size, ids.length, "each with an id of its own");
});

t.test("a GET that is too long is told so, and is a POST", async (t) => {
  const server = await start();
  t.teardown(() => server.close());
  const message = JSON.stringify({
    filters: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`name${i}`, "a".repeat(1000)])),
  });
  const path = "/oaktree.v1.ComputeService/ListFlavors";
  const query = new URLSearchParams({ encoding: "json", message });
  const long = await plain(server.url, `${path}?${query}`, { method: "GET" });
  t.equal(long.status, 431);
  t.match(long.json(), { code: "invalid_argument", details: [{ debug: { reason: "INVALID_REQUEST" } }] });
  t.match(long.headers["x-openstack-request-id"], /^req-/);
  t.equal((await plain(server.url, path, { body: message })).status, 200);
});
