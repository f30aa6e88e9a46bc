import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { createServer, open } from "./client.ts";

t.test("every service tells its versions", async (t) => {
  const { sandbox, ask } = await open(t, { novaMicroversion: "2.60" });
  const get = async (path: string) => (await ask("GET", path, { user: null })).json;
  t.match(await get("/identity/v3"), {
    version: { id: "v3.14", links: [{ href: `${sandbox.url}/identity/v3/` }] },
  });
  t.match(await get("/compute/v2.1"), { version: { id: "v2.1", version: "2.60", min_version: "2.1" } });
  t.match(await get("/compute/"), { versions: [{ id: "v2.0" }, { id: "v2.1", version: "2.60" }] });
  t.match(await get("/image/"), { versions: [{ id: "v2.15", status: "CURRENT" }] });
  t.match(await get("/network/"), { versions: [{ id: "v2.0", status: "CURRENT" }] });
});

t.test("a microversion out of the range is 406, nonsense 400", async (t) => {
  const { ask } = await open(t, { novaMicroversion: "2.60" });
  const path = "/compute/v2.1/flavors";
  const high = await ask("GET", path, { version: "2.61" });
  t.equal(high.status, 406);
  t.match(high.json, {
    computeFault: {
      message: "Version 2.61 is not supported by the API. Minimum is 2.1 and maximum is 2.60.",
    },
  });
  t.equal((await ask("GET", path, { version: "2.0" })).status, 406);
  t.equal((await ask("GET", path, { version: "x.y" })).status, 400);
  t.equal(
    (await ask("GET", path, { version: "latest" })).headers.get("openstack-api-version"),
    "compute 2.60",
  );
  t.equal((await ask("GET", path)).headers.get("openstack-api-version"), "compute 2.1");
  const legacy = await ask("GET", path, { headers: { "x-openstack-nova-api-version": "2.30" } });
  t.equal(legacy.headers.get("openstack-api-version"), "compute 2.30");
});

t.test("flavors have the fields of their microversion", async (t) => {
  const { ask } = await open(t);
  const flavor = async (version: string) =>
    (await ask("GET", "/compute/v2.1/flavors/42", { version })).json.flavor as JsonObject;
  const [first, queens, now] = await Promise.all(["2.1", "2.60", "2.93"].map(flavor));
  t.match(first, { name: "m1.nano", ram: 192, swap: "", description: undefined, extra_specs: undefined });
  t.match(queens, { swap: "", description: null, extra_specs: undefined });
  t.match(now, { swap: 0, description: null, extra_specs: {} });
});

t.test("servers have the fields of their microversion", async (t) => {
  const client = await open(t);
  const id = await createServer(client);
  client.sandbox.advance(2000);
  const server = async (version: string) =>
    (await client.ask("GET", `/compute/v2.1/servers/${id}`, { version })).json.server as JsonObject;
  const [first, queens, now] = await Promise.all(["2.1", "2.60", "2.93"].map(server));
  t.match(first, { flavor: { id: "42" }, tags: undefined, locked: undefined, description: undefined });
  t.match(queens, {
    flavor: { original_name: "m1.nano" },
    tags: [],
    locked: false,
    server_groups: undefined,
  });
  t.match(now, { locked_reason: null, server_groups: [], "OS-EXT-SRV-ATTR:hostname": "one" });
  t.equal(now?.["OS-EXT-SRV-ATTR:host"], undefined);
});

t.test("unknown query parameters are refused from 2.75 on", async (t) => {
  const { ask } = await open(t);
  t.equal((await ask("GET", "/compute/v2.1/servers?bogus=1")).status, 200);
  t.match((await ask("GET", "/compute/v2.1/servers?bogus=1", { version: "2.75" })).json, {
    badRequest: { message: "'bogus' does not match any of the regexes: '^_'" },
  });
});
