import t from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { open, passwordAuth } from "./client.ts";

const path = "/identity/v3/auth/tokens";

t.test("a password makes a token with roles and catalogue", async (t) => {
  const { sandbox, ask } = await open(t);
  const answer = await ask("POST", path, { user: null, body: passwordAuth(sandbox, "demo") });
  t.equal(answer.status, 201);
  t.match(answer.headers.get("x-subject-token"), /^gAAAAAB/);
  t.match(answer.json.token, {
    methods: ["password"],
    user: { name: "demo", domain: { id: "default", name: "Default" } },
    project: { name: "demo" },
    roles: [{ name: "member" }, { name: "reader" }],
    issued_at: "2026-01-01T00:00:00.000000Z",
    expires_at: "2026-01-01T04:00:00.000000Z",
  });
  const token = answer.json.token as JsonObject;
  const compute = (token.catalog as JsonObject[]).find(({ type }) => type === "compute");
  t.match(compute?.endpoints, [
    { interface: "public", region: "RegionOne", url: `${sandbox.url}/compute/v2.1` },
  ]);
});

t.test("a wrong password and a scope without a role are 401", async (t) => {
  const { sandbox, ask } = await open(t);
  const system = { ...(passwordAuth(sandbox, "demo").auth as JsonObject), scope: { system: { all: true } } };
  const wrong = passwordAuth(
    { ...sandbox, cloud: () => ({ ...sandbox.cloud(), auth: { ...sandbox.cloud().auth, password: "no" } }) },
    "demo",
  );
  for (const body of [{ auth: system }, wrong]) {
    const { status, json } = await ask("POST", path, { user: null, body });
    t.equal(status, 401);
    t.match(json, { error: { code: 401, title: "Unauthorized" } });
  }
});

t.test("system scope has no project", async (t) => {
  const { sandbox, ask } = await open(t);
  const { json } = await ask("POST", path, { user: null, body: passwordAuth(sandbox, "system") });
  t.match(json.token, { system: { all: true }, project: undefined });
});

t.test("a token makes a token that ends when it does", async (t) => {
  const { sandbox, ask } = await open(t);
  const first = await ask("POST", path, { user: null, body: passwordAuth(sandbox, "demo") });
  sandbox.advance(3_600_000);
  const id = first.headers.get("x-subject-token");
  const scope = (passwordAuth(sandbox, "demo").auth as JsonObject).scope as JsonObject;
  const body = { auth: { identity: { methods: ["token"], token: { id } }, scope } };
  const { json } = await ask("POST", path, { user: null, body });
  t.match(json.token, { methods: ["password", "token"], expires_at: "2026-01-01T04:00:00.000000Z" });
});

t.test("a revoked token and one that is over are 401", async (t) => {
  const { sandbox, ask } = await open(t);
  const make = async () => {
    const answer = await ask("POST", path, { user: null, body: passwordAuth(sandbox, "demo") });
    return answer.headers.get("x-subject-token") ?? "";
  };
  const revoked = await make();
  const headers = { "x-auth-token": revoked, "x-subject-token": revoked };
  t.equal((await ask("DELETE", path, { user: null, headers })).status, 204);
  const old = await make();
  t.equal(
    (await ask("GET", "/compute/v2.1/flavors", { user: null, headers: { "x-auth-token": old } })).status,
    200,
  );
  sandbox.advance(4 * 3_600_000);
  for (const token of [revoked, old]) {
    const { status, headers } = await ask("GET", "/compute/v2.1/flavors", {
      user: null,
      headers: { "x-auth-token": token },
    });
    t.equal(status, 401);
    t.match(headers.get("www-authenticate"), /^Keystone uri=/);
  }
});

t.test("only its user and administrators may see a token", async (t) => {
  const { sandbox, ask } = await open(t);
  const answer = await ask("POST", path, { user: null, body: passwordAuth(sandbox, "demo") });
  const headers = { "x-subject-token": answer.headers.get("x-subject-token") ?? "" };
  t.equal((await ask("GET", path, { headers })).status, 200);
  t.equal((await ask("GET", path, { user: "admin", headers })).status, 200);
  t.equal((await ask("GET", path, { user: "alt", headers })).status, 403);
  t.equal((await ask("GET", path, { headers: { "x-subject-token": "nonsense" } })).status, 404);
});
