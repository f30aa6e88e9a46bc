import t from "tap";
import { createServer, open } from "./client.ts";

t.test("tags are set and taken away from 2.26 on", async (t) => {
  const client = await open(t);
  const path = `/compute/v2.1/servers/${await createServer(client)}/tags`;
  t.equal((await client.ask("GET", path)).status, 404);
  const version = "2.26";
  t.strictSame((await client.ask("PUT", path, { version, body: { tags: ["b", "a"] } })).json, {
    tags: ["a", "b"],
  });
  t.equal((await client.ask("PUT", `${path}/c`, { version })).status, 201);
  t.equal((await client.ask("DELETE", `${path}/a`, { version })).status, 204);
  t.equal((await client.ask("GET", `${path}/a`, { version })).status, 404);
  t.strictSame((await client.ask("GET", path, { version })).json, { tags: ["b", "c"] });
});

t.test("metadata is merged, replaced and deleted", async (t) => {
  const client = await open(t);
  const path = `/compute/v2.1/servers/${await createServer(client, { metadata: { a: "1" } })}/metadata`;
  const body = { metadata: { b: "2" } };
  t.strictSame((await client.ask("POST", path, { body })).json, { metadata: { a: "1", b: "2" } });
  t.strictSame((await client.ask("PUT", `${path}/c`, { body: { meta: { c: "3" } } })).json, {
    meta: { c: "3" },
  });
  t.equal((await client.ask("DELETE", `${path}/a`)).status, 204);
  t.strictSame((await client.ask("GET", path)).json, { metadata: { b: "2", c: "3" } });
  t.match((await client.ask("DELETE", `${path}/a`)).json, {
    itemNotFound: { message: "Metadata item was not found" },
  });
});
