import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { createServer, open } from "./client.ts";

const base = "/network/v2.0";

t.test("networks, subnets and security groups are as in a fresh cloud", async (t) => {
  const { ask } = await open(t);
  const get = async (path: string, user?: "alt" | "admin") =>
    (await ask("GET", base + path, user === undefined ? {} : { user })).json;
  const names = (list: unknown) => (list as JsonObject[]).map(({ name }) => name).sort();
  t.strictSame(names((await get("/networks")).networks), ["private", "public"]);
  t.strictSame(names((await get("/networks", "alt")).networks), ["public"]);
  t.match((await get("/networks?name=public", "admin")).networks, [{ "provider:network_type": "flat" }]);
  t.match((await get("/networks?router:external=True")).networks, [{ name: "public" }]);
  t.match((await get("/subnets")).subnets, [{ name: "private-subnet", gateway_ip: "10.10.0.1" }]);
  t.match((await get("/security-groups")).security_groups, [
    { name: "default", security_group_rules: { length: 4 } },
  ]);
  t.strictSame((await get("/networks?name=private&fields=name")).networks, [{ name: "private" }]);
});

t.test("pages link on for as long as they are full, and back", async (t) => {
  const { ask } = await open(t);
  const first = (await ask("GET", `${base}/networks?limit=1`)).json;
  const links = first.networks_links as { rel: string; href: string }[];
  t.strictSame(
    links.map(({ rel }) => rel),
    ["next", "previous"],
  );
  const [id] = (first.networks as JsonObject[]).map((network) => network.id);
  const second = (await ask("GET", `${base}/networks?limit=1&marker=${id}`)).json;
  t.not((second.networks as JsonObject[])[0]?.id, id);
  const [other] = (second.networks as JsonObject[]).map((network) => network.id);
  const third = (await ask("GET", `${base}/networks?limit=1&marker=${other}`)).json;
  t.match(third, { networks: { length: 0 }, networks_links: [{ rel: "previous" }] });
  t.equal((await ask("GET", `${base}/networks?marker=nope&limit=1`)).status, 404);
});

t.test("errors are Neutron's", async (t) => {
  const { ask } = await open(t);
  t.match((await ask("GET", `${base}/ports/nope`)).json, {
    NeutronError: { type: "PortNotFound", message: "Port nope could not be found.", detail: "" },
  });
  t.match((await ask("GET", `${base}/networks?foo=bar`)).json, {
    NeutronError: { type: "HTTPBadRequest", message: "['foo'] is invalid attribute for filtering" },
  });
});

t.test("a network in use cannot be deleted, nor one of others", async (t) => {
  const client = await open(t);
  const id = await createServer(client);
  client.sandbox.advance(2000);
  const network = await client.id(`${base}/networks`, "networks", "private");
  t.match((await client.ask("DELETE", `${base}/networks/${network}`)).json, {
    NeutronError: { type: "NetworkInUse" },
  });
  t.equal((await client.ask("DELETE", `${base}/networks/${network}`, { user: "alt" })).status, 404);
  const ports = (await client.ask("GET", `${base}/ports?device_id=${id}`)).json.ports as JsonObject[];
  t.equal((await client.ask("DELETE", `${base}/ports/${ports[0]?.id}`)).status, 204);
  t.equal((await client.ask("GET", `${base}/ports/${ports[0]?.id}`)).status, 404);
});
