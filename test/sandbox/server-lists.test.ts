import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { type Ask, type Client, createServer, open } from "./client.ts";

const servers = "/compute/v2.1/servers";

async function names(client: Client, query: string, ask: Ask = { version: "2.93" }): Promise<unknown[]> {
  const { json } = await client.ask("GET", `${servers}?${query}`, ask);
  return (json.servers as JsonObject[]).map(({ name }) => name);
}

t.test("pages go from the newest to the oldest, by links", async (t) => {
  const client = await open(t);
  for (const name of ["a", "b", "c"]) {
    await createServer(client, { name });
  }
  const seen: unknown[] = [];
  let next: string | undefined = `${client.sandbox.url}${servers}?limit=2`;
  while (next !== undefined) {
    const { json } = await client.ask("GET", next.slice(client.sandbox.url.length));
    seen.push((json.servers as JsonObject[]).map(({ name }) => name));
    next = (json.servers_links as { href: string }[] | undefined)?.[0]?.href;
  }
  t.strictSame(seen, [["c", "b"], ["a"]]);
  t.match((await client.ask("GET", `${servers}?marker=nope`)).json, {
    badRequest: { message: "marker [nope] not found" },
  });
});

t.test("the operator's page limit bounds every page", async (t) => {
  const client = await open(t, { pageLimit: 2 });
  await createServer(client, { min_count: 3 });
  const { json } = await client.ask("GET", `${servers}?limit=50`);
  t.match(json, { servers: [{ name: "one-3" }, { name: "one-2" }], servers_links: [{ rel: "next" }] });
  t.equal((json.servers as JsonObject[]).length, 2);
});

t.test("lists are filtered", async (t) => {
  const client = await open(t);
  await createServer(client, { name: "web-1", tags: ["red", "big"] });
  client.sandbox.advance(2000);
  await createServer(client, { name: "web-2", tags: ["red"] });
  await createServer(client, { name: "db" });
  t.strictSame(
    await names(client, "name=^WEB-"),
    ["web-2", "web-1"],
    "a regular expression, whatever the case",
  );
  t.strictSame(await names(client, "status=ACTIVE"), ["web-1"]);
  t.strictSame(await names(client, "status=build&status=active"), ["db", "web-2", "web-1"]);
  t.strictSame(await names(client, "tags=red,big"), ["web-1"]);
  t.strictSame(await names(client, "tags-any=big,none"), ["web-1"]);
  t.strictSame(await names(client, "not-tags=red"), ["db"]);
  t.strictSame(await names(client, "ip=^10"), ["web-1"]);
  t.strictSame(await names(client, "tags=big", {}), ["db", "web-2", "web-1"], "before 2.26 ignored");
  t.strictSame(await names(client, "metadata=%7B%22a%22:%22b%22%7D"), ["db", "web-2", "web-1"], "ignored");
  t.strictSame(await names(client, "sort_key=display_name&sort_dir=asc"), ["db", "web-1", "web-2"]);
  t.match((await client.ask("GET", `${servers}?name=[`)).json, {
    badRequest: { message: /'\[' is not a 'regex'$/ },
  });
  t.equal((await client.ask("GET", `${servers}?status=nope`, { version: "2.38" })).status, 400);
  t.equal((await client.ask("GET", `${servers}?status=DELETED`)).status, 403);
});

t.test("only administrators see all projects", async (t) => {
  const client = await open(t);
  const id = await createServer(client);
  t.strictSame(await names(client, "", { user: "alt" }), []);
  t.strictSame(await names(client, "", { user: "admin" }), []);
  t.strictSame(await names(client, "all_tenants=1", { user: "admin" }), ["one"]);
  const refused = await client.ask("GET", `${servers}?all_tenants=1`);
  t.equal(refused.status, 403);
  t.match(refused.json, { forbidden: { message: /servers:index:get_all_tenants/ } });
  t.equal((await client.ask("GET", `${servers}/${id}`, { user: "alt" })).status, 404);
  t.match((await client.ask("GET", `${servers}/${id}`, { user: "admin" })).json.server, {
    "OS-EXT-SRV-ATTR:instance_name": /^instance-/,
  });
});

t.test("a thousand servers are one page", async (t) => {
  const client = await open(t);
  await createServer(client, { min_count: 1000 });
  client.sandbox.advance(2000);
  const { json } = await client.ask("GET", `${servers}/detail`);
  const list = json.servers as JsonObject[];
  t.equal(list.length, 1000);
  t.ok(list.every(({ status }) => status === "ACTIVE"));
  const addresses = list.map(({ addresses }) => JSON.stringify(addresses));
  t.equal(new Set(addresses).size, 1000);
});
