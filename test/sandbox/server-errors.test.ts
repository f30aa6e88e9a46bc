import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { type Client, createServer, open } from "./client.ts";

const servers = "/compute/v2.1/servers";
const nowhere = "00000000-0000-0000-0000-000000000000";

async function refused(client: Client, changes: JsonObject, version = "2.93") {
  const server = {
    name: "one",
    flavorRef: "42",
    imageRef: await client.id("/image/v2/images", "images", "lab-small"),
    networks: [{ uuid: await client.id("/network/v2.0/networks", "networks", "private") }],
    ...changes,
  };
  const { status, json } = await client.ask("POST", servers, { version, body: { server } });
  const [error] = Object.values(json) as JsonObject[];
  return [status, error?.message];
}

t.test("a flavor that fits nowhere ends in ERROR with a fault", async (t) => {
  const client = await open(t);
  const id = await createServer(client, { flavorRef: "9" });
  client.sandbox.advance(2000);
  const { json } = await client.ask("GET", `${servers}/${id}`, { version: "2.93" });
  t.match(json.server, { status: "ERROR", fault: { code: 500, message: "No valid host was found. " } });
  t.equal((json.server as JsonObject).progress, undefined);
  const list = await client.ask("GET", `${servers}/detail?status=ERROR`);
  t.match(list.json.servers, [{ id, fault: undefined }], "Nova's lists do not read faults of cell0");
});

t.test("an external network of others ends in ERROR", async (t) => {
  const client = await open(t);
  const uuid = await client.id("/network/v2.0/networks", "networks", "public");
  const id = await createServer(client, { networks: [{ uuid }] });
  client.sandbox.advance(2000);
  t.match((await client.ask("GET", `${servers}/${id}`)).json.server, {
    status: "ERROR",
    fault: { message: /Failed to allocate the network/ },
    hostId: "",
  });
});

t.test("bad references are refused in Nova's words", async (t) => {
  const client = await open(t);
  t.strictSame(await refused(client, { flavorRef: "nope" }), [400, "Flavor nope could not be found."]);
  t.strictSame(await refused(client, { imageRef: nowhere }), [400, "Can not find requested image"]);
  t.strictSame(await refused(client, { imageRef: "" }), [400, "Missing imageRef attribute"]);
  t.strictSame(await refused(client, { networks: [{ uuid: nowhere }] }), [
    400,
    `Network ${nowhere} could not be found.`,
  ]);
  t.strictSame(await refused(client, { key_name: "nope" }), [400, "Invalid key_name provided."]);
  t.strictSame(await refused(client, { availability_zone: "nope" }), [
    400,
    "The requested availability zone is not available",
  ]);
  t.strictSame(await refused(client, { security_groups: [{ name: "nope" }] }), [
    400,
    "Unable to find security_group with name or id 'nope'",
  ]);
  t.strictSame(await refused(client, { metadata: { a: 1 } }), [
    400,
    "Invalid input for field/attribute a. Value: 1. 1 is not of type 'string'",
  ]);
  t.match(await refused(client, { imageRef: "nope" }), [
    400,
    /'nope' is not valid under any of the given schemas$/,
  ]);
  t.match(await refused(client, { tags: ["a"] }, "2.51"), [400, /\('tags' was unexpected\)$/]);
});

t.test("two networks are too many to choose from", async (t) => {
  const client = await open(t);
  const made = await client.ask("POST", "/network/v2.0/networks", { body: { network: { name: "second" } } });
  const network_id = String((made.json.network as JsonObject).id);
  const subnet = { network_id, ip_version: 4, cidr: "10.77.0.0/24" };
  t.equal((await client.ask("POST", "/network/v2.0/subnets", { body: { subnet } })).status, 201);
  const words = "Multiple possible networks found, use a Network ID to be more specific.";
  t.strictSame(await refused(client, { networks: "auto" }), [409, words]);
});

t.test("over the quota is 403 in words that say quota exceeded", async (t) => {
  const client = await open(t, { quota: { instances: 2, cores: 3 } });
  await createServer(client, { min_count: 2 });
  t.strictSame(await refused(client, {}), [
    403,
    "Quota exceeded for instances: Requested 1, but already used 2 of 2 instances",
  ]);
  const { json } = await client.ask("GET", "/compute/v2.1/limits");
  t.match(json.limits, { absolute: { maxTotalInstances: 2, totalInstancesUsed: 2, totalCoresUsed: 2 } });
});
