import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { createServer, open } from "./client.ts";

const servers = "/compute/v2.1/servers";

t.test("a server is built and deleted as time goes by", async (t) => {
  const client = await open(t, { buildMs: 3000, deleteMs: 1000 });
  const { sandbox, ask } = client;
  const id = await createServer(client);
  const show = async () => {
    const { json } = await ask("GET", `${servers}/${id}`, { version: "2.93" });
    return json.server as JsonObject;
  };
  const ports = async () =>
    (await ask("GET", `/network/v2.0/ports?device_id=${id}`)).json.ports as JsonObject[];
  t.match(await show(), {
    status: "BUILD",
    "OS-EXT-STS:task_state": "scheduling",
    addresses: {},
    hostId: "",
  });
  sandbox.advance(1000);
  t.match(await show(), {
    "OS-EXT-STS:task_state": "networking",
    "OS-EXT-AZ:availability_zone": "nova",
    hostId: /\w/,
  });
  t.strictSame(await ports(), []);
  sandbox.advance(1000);
  t.match(await show(), { "OS-EXT-STS:task_state": "spawning", security_groups: [{ name: "default" }] });
  t.match(await ports(), [{ device_owner: "compute:nova", dns_name: "one" }]);
  sandbox.advance(1000);
  const active = await show();
  t.match(active, {
    status: "ACTIVE",
    "OS-EXT-STS:task_state": null,
    "OS-EXT-STS:power_state": 1,
    "OS-SRV-USG:launched_at": "2026-01-01T00:00:03.000000",
    addresses: { private: [{ version: 4, addr: /^10\.10\./, "OS-EXT-IPS:type": "fixed" }] },
  });

  t.equal((await ask("DELETE", `${servers}/${id}`)).status, 204);
  t.match(await show(), { status: "ACTIVE", "OS-EXT-STS:task_state": "deleting" });
  sandbox.advance(1000);
  t.equal((await ask("GET", `${servers}/${id}`)).status, 404);
  t.match((await ask("DELETE", `${servers}/${id}`)).json, {
    itemNotFound: { message: `Instance ${id} could not be found.` },
  });
  t.strictSame(await ports(), []);
  t.strictSame((await ask("GET", `${servers}/detail`)).json.servers, []);
  const changed = await ask("GET", `${servers}/detail?changes-since=2026-01-01T00:00:04Z`);
  t.match(changed.json.servers, [{ id, status: "DELETED", "OS-EXT-STS:vm_state": "deleted", addresses: {} }]);
  t.strictSame((await ask("GET", `${servers}/detail?changes-since=2026-01-01T00:00:05Z`)).json.servers, []);
});

t.test("what happened while nobody asked happened at its own time", async (t) => {
  const client = await open(t, { buildMs: 3000 });
  const id = await createServer(client);
  client.sandbox.advance(60_000);
  t.match((await client.ask("GET", `${servers}/${id}`)).json, {
    server: { status: "ACTIVE", updated: "2026-01-01T00:00:03Z" },
  });
});

t.test("a server that has no host yet goes at once", async (t) => {
  const client = await open(t);
  const id = await createServer(client);
  t.equal((await client.ask("DELETE", `${servers}/${id}`)).status, 204);
  t.equal((await client.ask("GET", `${servers}/${id}`)).status, 404);
  client.sandbox.advance(60_000);
  t.equal((await client.ask("GET", `${servers}/${id}`)).status, 404);
});

t.test("a port of one's own outlives the server", async (t) => {
  const client = await open(t);
  const network = await client.id("/network/v2.0/networks", "networks", "private");
  const made = await client.ask("POST", "/network/v2.0/ports", { body: { port: { network_id: network } } });
  const port = String((made.json.port as JsonObject).id);
  const id = await createServer(client, { networks: [{ port }] });
  client.sandbox.advance(2000);
  const bound = async () => (await client.ask("GET", `/network/v2.0/ports/${port}`)).json.port;
  t.match(await bound(), { device_id: id, status: "ACTIVE" });
  await client.ask("DELETE", `${servers}/${id}`);
  client.sandbox.advance(500);
  t.match(await bound(), { device_id: "", status: "DOWN" });
});

t.test("a server is renamed, and its console read", async (t) => {
  const client = await open(t);
  const id = await createServer(client);
  const action = { body: { "os-getConsoleOutput": { length: 1 } } };
  t.equal((await client.ask("POST", `${servers}/${id}/action`, action)).status, 409);
  client.sandbox.advance(2000);
  t.strictSame((await client.ask("POST", `${servers}/${id}/action`, action)).json, { output: "LAST LINE" });
  const body = { server: { name: "two", description: "text" } };
  t.equal((await client.ask("PUT", `${servers}/${id}`, { body })).status, 400);
  const old = await client.ask("PUT", `${servers}/${id}`, { version: "2.60", body });
  t.match(old.json.server, { name: "two", description: "text", "OS-EXT-STS:vm_state": undefined });
  const now = await client.ask("PUT", `${servers}/${id}`, {
    version: "2.93",
    body: { server: { name: "three" } },
  });
  t.match(now.json.server, { name: "three", "OS-EXT-STS:vm_state": "active" });
  t.equal((await client.ask("POST", `${servers}/${id}/action`, { body: { dance: {} } })).status, 400);
});
