import { applicationCredential, keystoneToken } from "../support/keystone.ts";
import { oauthOaktree as oaktree } from "../support/oauth.ts";
import { contract } from "../support/worlds.ts";

const exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
const accessToken = "urn:ietf:params:oauth:token-type:access_token";

contract("an application credential is an OAuth client", async (t, world) => {
  const { post, call, login } = await oaktree(t, world);
  const pair = await applicationCredential(t, world, "demo");
  const { id, secret } = pair;

  const byForm = await login(pair);
  t.match(byForm, {
    status: 200,
    json: { token_type: "Bearer", scope: "oaktree:read oaktree:write" },
  });
  t.equal(byForm.headers.get("cache-control"), "no-store");
  t.ok(byForm.json.expires_in > 0 && byForm.json.expires_in <= 3600);
  const basic = Buffer.from(`${encodeURIComponent(`one/${id}`)}:${encodeURIComponent(secret)}`);
  const byHeader = await post(
    "/oauth/token",
    { grant_type: "client_credentials" },
    { authorization: `Basic ${basic.toString("base64")}` },
  );
  t.equal(byHeader.status, 200);
  t.equal((await login({ id, secret }, { client_id: id, cloud: "two" })).status, 200);

  for (const { json } of [byForm, byHeader]) {
    t.match(await call("ListFlavors", json.access_token), { status: 200 });
  }
  t.match(await call("ListFlavors", byForm.json.access_token, { "x-oaktree-cloud": "two" }), {
    status: 403,
    reason: "CREDENTIAL_FOR_OTHER_CLOUD",
  });
  t.match(await call("ListFlavors", byForm.json.access_token, { "x-auth-token": "another" }), {
    status: 400,
    reason: "CREDENTIAL_CONFLICT",
  });

  // At its start: Keystone hashes by bcrypt, which looks at no more than 72 bytes.
  t.match(await login({ id, secret: `x${secret}` }), { status: 401, json: { error: "invalid_client" } });
  t.match(await login({ id: "0".repeat(32), secret }), { status: 401, json: { error: "invalid_client" } });
  // Keystone is not asked, since it is not said which cloud the secret may be shown to.
  t.match(await login(pair, { client_id: id }), { status: 400, json: { error: "invalid_request" } });
});

contract("a scope narrows a token", async (t, world) => {
  const { call, login } = await oaktree(t, world);
  const pair = await applicationCredential(t, world, "demo");
  const read = await login(pair, { scope: "oaktree:read" });
  t.equal(read.json.scope, "oaktree:read");
  t.match(await call("ListFlavors", read.json.access_token), { status: 200 });
  t.match(await call("DeleteServer", read.json.access_token), {
    status: 403,
    reason: "INSUFFICIENT_SCOPE",
    challenge: /^Bearer error="insufficient_scope", scope="oaktree:write", resource_metadata="http/,
  });
  t.match(await login(pair, { scope: "oaktree:root" }), { status: 400, json: { error: "invalid_scope" } });
});

contract("a Keystone token is exchanged", async (t, world) => {
  const { post, call } = await oaktree(t, world);
  const subject = await keystoneToken(world, "demo");
  const form = {
    grant_type: exchange,
    subject_token: subject,
    subject_token_type: accessToken,
    cloud: "one",
  };
  const { status, json } = await post("/oauth/token", form);
  t.match({ status, json }, { status: 200, json: { issued_token_type: accessToken } });
  t.match(await call("ListFlavors", json.access_token), { status: 200 });
  for (const wrong of ["gAAAAAnonsense", json.access_token]) {
    t.match(await post("/oauth/token", { ...form, subject_token: wrong }), {
      status: 400,
      json: { error: "invalid_request" },
    });
  }
});

contract("tokens that are changed, or of another Oaktree, are refused", async (t, world) => {
  const pair = await applicationCredential(t, world, "demo");
  const { login, call, url } = await oaktree(t, world);
  const { json } = await login(pair);
  const token: string = json.access_token;
  const parts = token.split(".");
  const flipped = parts.map((part, index) =>
    index === 3 ? (part.startsWith("A") ? "B" : "A") + part.slice(1) : part,
  );
  for (const wrong of [flipped.join("."), "a..b.c.d"]) {
    t.match(await call("ListFlavors", wrong), {
      status: 401,
      reason: "CREDENTIAL_INVALID",
      challenge: `Bearer error="invalid_token", resource_metadata="${url}/.well-known/oauth-protected-resource"`,
    });
  }
  // Same key, but another URL, and so another issuer and audience.
  const other = await oaktree(t, world);
  t.match(await other.call("ListFlavors", token), { status: 401, reason: "CREDENTIAL_INVALID" });
});

contract("a deleted application credential ends its tokens", async (t, world) => {
  const { call, login } = await oaktree(t, world);
  const pair = await applicationCredential(t, world, "demo");
  const { json } = await login(pair);
  t.match(await call("ListFlavors", json.access_token), { status: 200 });
  await pair.remove();
  t.match(await call("ListFlavors", json.access_token), { status: 401, reason: "CREDENTIAL_INVALID" });
  t.match(await login(pair), { status: 401, json: { error: "invalid_client" } });
});

contract("a revoked token is refused", async (t, world) => {
  const { post, call, login } = await oaktree(t, world);
  const { json } = await login(await applicationCredential(t, world, "demo"));
  t.match(await call("ListFlavors", json.access_token), { status: 200 });
  t.equal((await post("/oauth/revoke", { token: json.access_token })).status, 200);
  t.match(await call("ListFlavors", json.access_token), { status: 401, reason: "CREDENTIAL_INVALID" });
  t.equal((await post("/oauth/revoke", { token: json.access_token })).status, 200, "again");
  t.equal((await post("/oauth/revoke", { token: "nonsense" })).status, 200);
});
