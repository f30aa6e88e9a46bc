import type { Test } from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { type Rest, truth } from "./rest.ts";

/** Where demo's application credentials are, and a way to make one that ends with the test. */
async function mine(t: Test, rest: Rest) {
  const user = String(((await rest.token("demo")).token.user as JsonObject).id);
  const path = `/users/${user}/application_credentials`;
  const make = async (given: JsonObject, token?: string) => {
    const body = { application_credential: given };
    const answer = await rest.ask("identity", "POST", path, token === undefined ? { body } : { body, token });
    const made = answer.json.application_credential as JsonObject | undefined;
    if (made !== undefined) {
      t.teardown(() => rest.ask("identity", "DELETE", `${path}/${made.id}`));
    }
    return { answer, id: String(made?.id), secret: String(made?.secret) };
  };
  const login = (id: string, secret: string) =>
    rest.ask("identity", "POST", "/auth/tokens", {
      user: null,
      body: {
        auth: { identity: { methods: ["application_credential"], application_credential: { id, secret } } },
      },
    });
  return { user, path, make, login };
}

truth("a credential is made of a part of what its owner may do", async (t, rest) => {
  const { path, make, login } = await mine(t, rest);
  const name = rest.unique("robot");
  const rule = { service: "compute", method: "GET", path: `/${rest.unique("path")}` };
  const given = {
    name,
    description: "of a test",
    roles: [{ name: "reader" }],
    expires_at: "2037-01-01T00:00:00Z",
    access_rules: [rule],
  };
  const { answer, id, secret } = await make(given);
  t.match(answer.json.application_credential, {
    name,
    description: "of a test",
    system: null,
    unrestricted: null,
    expires_at: "2037-01-01T00:00:00.000000",
    roles: [{ name: "reader", domain_id: null }],
    access_rules: [rule],
    secret: /^[\w-]{86}$/,
  });
  const one = await rest.ask("identity", "GET", `${path}/${id}`);
  t.equal((one.json.application_credential as JsonObject).secret, undefined);
  t.equal((await rest.ask("identity", "GET", `${path}/${id}`, { user: "alt" })).status, 403);
  t.equal((await rest.ask("identity", "GET", `${path}/${id}`, { user: "admin" })).status, 200);
  const list = await rest.ask("identity", "GET", `${path}?name=${name}`);
  t.match(list.json, { application_credentials: [{ id }], links: { next: null, previous: null } });

  const token = await login(id, secret);
  t.match(token.json.token, {
    methods: ["application_credential"],
    roles: [{ name: "reader" }],
    application_credential: { id, name, restricted: true, access_rules: [rule] },
  });
  const rules = path.replace(/application_credentials$/, "access_rules");
  const [{ id: ruleId }] = (answer.json.application_credential as { access_rules: [{ id: string }] })
    .access_rules;
  t.match((await rest.ask("identity", "GET", `${rules}/${ruleId}`)).json.access_rule, rule);
  t.equal((await rest.ask("identity", "DELETE", `${rules}/${ruleId}`)).status, 403, "while it is used");
  const subject = String(token.headers["x-subject-token"]);
  const validate = async (headers: Record<string, string>) => {
    const answer = await rest.ask("identity", "GET", "/auth/tokens", {
      headers: { "x-subject-token": subject, ...headers },
    });
    return answer.status;
  };
  t.equal(await validate({}), 404, "who does not know of access rules does not see the token");
  t.equal(await validate({ "openstack-identity-access-rules": "1.0" }), 200);

  t.equal((await rest.ask("identity", "DELETE", `${path}/${id}`)).status, 204);
  const gone = `Could not find Application Credential: ${id}.`;
  for (const call of [
    rest.ask("identity", "GET", `${path}/${id}`),
    rest.ask("identity", "DELETE", `${path}/${id}`),
    login(id, secret),
  ]) {
    t.match((await call).json, { error: { code: 404, message: gone } });
  }
  t.equal((await rest.ask("compute", "GET", "/flavors", { token: subject })).status, 401);
  t.equal((await rest.ask("identity", "DELETE", `${rules}/${ruleId}`)).status, 204);
  t.equal((await rest.ask("identity", "GET", `${rules}/${ruleId}`)).status, 404);
});

truth("what does not make a credential is told why", async (t, rest) => {
  const { make } = await mine(t, rest);
  const name = rest.unique("robot");
  await make({ name });
  const refused = async (given: JsonObject) => {
    const { code, message } = (await make(given)).answer.json.error as { code: number; message: string };
    return [code, message.split("\n")[0]];
  };
  const type = (field: string, value: string, words: string) => [
    400,
    `Invalid input for field '${field}': ${value} ${words}`,
  ];
  t.strictSame(await refused({}), [400, "'name' is a required property"]);
  t.strictSame(await refused({ name: 5 }), type("name", "5", "is not of type 'string'"));
  t.strictSame(await refused({ name: "x", roles: "x" }), type("roles", "'x'", "is not of type 'array'"));
  t.strictSame(
    await refused({ name: "x", unrestricted: "x" }),
    type("unrestricted", "'x'", "is not of type 'boolean'"),
  );
  const rule = { service: "compute", method: "GET", path: "x" };
  t.strictSame(
    await refused({ name: "x", access_rules: [rule] }),
    type("access_rules/0/path", "'x'", "does not match '^\\\\/.*'"),
  );
  t.strictSame(
    await refused({ name: "x", access_rules: [{ ...rule, path: "/x", method: "FOO" }] }),
    type("access_rules/0/method", "'FOO'", "does not match '^(POST|GET|HEAD|PATCH|PUT|DELETE)$'"),
  );
  t.match(await refused({ name: "x", expires_at: "2000-01-01T00:00:00Z" }), [400, /must not be before now/]);
  t.match(await refused({ name: "x", expires_at: "x" }), [400, /^Timestamp not in expected format\./]);
  t.match(await refused({ name: "x", roles: [{ name: "admin" }] }), [400, /unassigned role$/]);
  t.strictSame(await refused({ name: "x", roles: [{ name: "none" }] }), [404, "Role none is not defined"]);
  t.match(await refused({ name }), [
    409,
    `store application_credential - Duplicate entry found with name ${name}.`,
  ]);
});

truth("only an unrestricted credential makes others", async (t, rest) => {
  const { path, make, login } = await mine(t, rest);
  const tokenOf = async ({ id, secret }: { id: string; secret: string }) =>
    String((await login(id, secret)).headers["x-subject-token"]);
  const restricted = await make({ name: rest.unique("robot") });
  const token = await tokenOf(restricted);
  const refused = await make({ name: rest.unique("robot") }, token);
  t.match(refused.answer.json, {
    error: { code: 403, message: /Using method 'application_credential' is not/ },
  });
  t.equal((await rest.ask("identity", "DELETE", `${path}/${restricted.id}`, { token })).status, 403);
  t.equal((await rest.ask("identity", "GET", path, { token })).status, 200);
  const free = await tokenOf(await make({ name: rest.unique("robot"), unrestricted: true }));
  t.equal((await make({ name: rest.unique("robot") }, free)).answer.status, 201);
});

truth("of callers at the same time each may do what its own token allows", async (t, rest) => {
  const { path, make, login } = await mine(t, rest);
  const { id, secret } = await make({ name: rest.unique("robot") });
  const restricted = String((await login(id, secret)).headers["x-subject-token"]);
  const { id: free } = await rest.token("demo");
  const lanes = Array.from({ length: 8 }, async (_, lane) => {
    for (let turn = 0; turn < 20; turn += 1) {
      const isFree = (lane + turn) % 2 === 0;
      const given = isFree ? { token: free } : { token: restricted };
      // To delete what is not there: 404 for whom it is allowed.
      const { status } = await rest.ask("identity", "DELETE", `${path}/${"0".repeat(32)}`, given);
      t.equal(status, isFree ? 404 : 403);
    }
  });
  await Promise.all(lanes);
});

truth("Keystone's own OAuth makes tokens of credentials", async (t, rest) => {
  const { make } = await mine(t, rest);
  const { id, secret } = await make({ name: rest.unique("robot") });
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
  });
  const ask = (headers: Record<string, string>, body = "grant_type=client_credentials", method = "POST") =>
    rest.ask("identity", method, "/OS-OAUTH2/token", { user: null, headers: { ...form, ...headers }, body });
  const made = await ask(basic(id, secret));
  t.match(made.json, { token_type: "Bearer", expires_in: 14400 });
  const token = String(made.json.access_token);
  t.equal((await rest.ask("compute", "GET", "/flavors", { token })).status, 200);
  const refused = async (...args: Parameters<typeof ask>) => {
    const { status, json } = await ask(...args);
    return [status, json.error];
  };
  t.strictSame(await refused(basic(id, "wrong")), [401, "invalid_client"]);
  t.strictSame(await refused({}), [401, "invalid_client"]);
  t.strictSame(await refused({ authorization: "Bearer x" }), [401, "invalid_client"]);
  t.strictSame(await refused(basic(id, "")), [401, "invalid_client"]);
  t.strictSame(await refused(basic(id, secret), "a=b"), [400, "invalid_request"]);
  t.strictSame(await refused(basic(id, secret), "grant_type=password"), [400, "unsupported_grant_type"]);
  t.strictSame(await refused({}, "", "PUT"), [405, "other_error"]);
});
