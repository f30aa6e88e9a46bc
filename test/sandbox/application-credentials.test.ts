import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { type Client, open, passwordAuth } from "./client.ts";

const tokens = "/identity/v3/auth/tokens";

async function own(client: Client): Promise<string> {
  const { json } = await client.ask("POST", tokens, {
    user: null,
    body: passwordAuth(client.sandbox, "demo"),
  });
  const user = (json.token as JsonObject).user as JsonObject;
  return `/identity/v3/users/${user.id}/application_credentials`;
}

async function made(client: Client, given: JsonObject): Promise<JsonObject> {
  const { json } = await client.ask("POST", await own(client), { body: { application_credential: given } });
  return json.application_credential as JsonObject;
}

async function tokenOf(client: Client, { id = "", secret = "" }: JsonObject) {
  const identity = { methods: ["application_credential"], application_credential: { id, secret } };
  return client.ask("POST", tokens, { user: null, body: { auth: { identity } } });
}

t.test("a credential is made, listed, used and deleted", async (t) => {
  const client = await open(t);
  const credential = await made(client, { name: "robot", roles: [{ name: "reader" }] });
  t.match(credential, { name: "robot", unrestricted: null, expires_at: null, roles: [{ name: "reader" }] });
  const listed = await client.ask("GET", await own(client));
  t.match(listed.json.application_credentials, [{ id: credential.id, name: "robot", secret: undefined }]);
  const token = await tokenOf(client, credential);
  t.equal(token.status, 201);
  t.match(token.json.token, {
    project: { name: "demo" },
    application_credential: { name: "robot", restricted: true },
  });
  t.strictSame(
    ((token.json.token as JsonObject).roles as JsonObject[]).map(({ name }) => name),
    ["reader"],
  );
  t.equal((await client.ask("DELETE", `${await own(client)}/${credential.id}`)).status, 204);
  t.equal((await tokenOf(client, credential)).status, 404);
  const headers = { "x-auth-token": token.headers.get("x-subject-token") ?? "" };
  t.equal((await client.ask("GET", "/compute/v2.1/flavors", { user: null, headers })).status, 401);
});

t.test("names are unique, and roles cannot be raised", async (t) => {
  const client = await open(t);
  await made(client, { name: "robot" });
  const again = await client.ask("POST", await own(client), {
    body: { application_credential: { name: "robot" } },
  });
  t.equal(again.status, 409);
  const raised = { application_credential: { name: "boss", roles: [{ name: "admin" }] } };
  t.match((await client.ask("POST", await own(client), { body: raised })).json, {
    error: { code: 400, message: /unassigned role/ },
  });
});

t.test("a restricted credential makes no other", async (t) => {
  const client = await open(t);
  const token = await tokenOf(client, await made(client, { name: "robot" }));
  const headers = { "x-auth-token": token.headers.get("x-subject-token") ?? "" };
  const body = { application_credential: { name: "other" } };
  t.equal((await client.ask("POST", await own(client), { user: null, headers, body })).status, 403);
});

t.test("a credential ends when it says", async (t) => {
  const client = await open(t);
  const credential = await made(client, { name: "robot", expires_at: "2026-01-01T01:00:00" });
  t.match((await tokenOf(client, credential)).json.token, { expires_at: "2026-01-01T01:00:00.000000Z" });
  client.sandbox.advance(3_600_000);
  t.equal((await tokenOf(client, credential)).status, 401);
});

t.test("access rules refuse with 401 what they do not name", async (t) => {
  const client = await open(t);
  const rule = { service: "compute", method: "GET", path: "/compute/v2.1/servers" };
  const token = await tokenOf(client, await made(client, { name: "robot", access_rules: [rule] }));
  const id = token.headers.get("x-subject-token") ?? "";
  const status = async (path: string, headers: Record<string, string> = {}) =>
    (await client.ask("GET", path, { user: null, headers: { "x-auth-token": id, ...headers } })).status;
  t.equal(await status("/compute/v2.1/servers"), 200);
  t.equal(await status("/compute/v2.1/flavors"), 401);
  t.equal(await status("/image/v2/images"), 401);
  t.equal(await status(tokens, { "x-subject-token": id }), 404);
  t.equal(await status(tokens, { "x-subject-token": id, "openstack-identity-access-rules": "1" }), 200);
});
