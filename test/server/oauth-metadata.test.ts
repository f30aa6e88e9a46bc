import t from "tap";
import type { SignIns } from "../../src/auth/token-endpoint.ts";
import { Fault } from "../../src/cloud/fault.ts";
import { plain, shared, start } from "./harness.ts";

const secret = "canary-secret-51c0ffee";
let askedClouds = 0;
const refusing: SignIns = {
  names: ["one", "two"],
  signIn: async () => {
    askedClouds += 1;
    throw new Fault("CREDENTIAL_INVALID", "no");
  },
  present: async () => {
    throw new Fault("CREDENTIAL_INVALID", "no");
  },
  revoke: async () => {},
};
const options = {
  clouds: shared,
  oauth: { signIns: refusing, keys: [new Uint8Array(32)] },
  publicUrl: "https://oaktree.example",
};
const form = { "content-type": "application/x-www-form-urlencoded" };

t.test("clients find the token endpoint from a refused call", async (t) => {
  const server = await start(options);
  t.teardown(() => server.close());
  const refused = await fetch(`${server.url}/oaktree.v1.ComputeService/ListFlavors`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  t.equal(
    refused.headers.get("www-authenticate"),
    'Bearer resource_metadata="https://oaktree.example/.well-known/oauth-protected-resource"',
  );
  const resource = (
    await plain(server.url, "/.well-known/oauth-protected-resource", { method: "GET" })
  ).json();
  t.match(resource, {
    resource: "https://oaktree.example",
    authorization_servers: ["https://oaktree.example"],
  });
  const metadata = (
    await plain(server.url, "/.well-known/oauth-authorization-server", { method: "GET" })
  ).json();
  t.match(metadata, {
    issuer: "https://oaktree.example",
    token_endpoint: "https://oaktree.example/oauth/token",
    revocation_endpoint: "https://oaktree.example/oauth/revoke",
    oaktree_clouds: ["one", "two"],
  });
});

t.test("who asks too often is told to wait, and no secret is logged", async (t) => {
  const server = await start(options);
  t.teardown(() => server.close());
  askedClouds = 0;
  const body = `grant_type=client_credentials&client_id=${"a".repeat(32)}&client_secret=${secret}`;
  const basic = Buffer.from(`${"a".repeat(32)}:${secret}`).toString("base64");
  const answers: Awaited<ReturnType<typeof plain>>[] = [];
  for (let i = 0; i < 60 && answers.at(-1)?.status !== 429; i += 1) {
    answers.push(
      await plain(server.url, "/oauth/token", {
        headers: { ...form, authorization: `Basic ${basic}` },
        body: "grant_type=client_credentials",
      }),
    );
  }
  t.match(answers[0], { status: 401, headers: { "www-authenticate": /^Basic / } });
  t.match(answers.at(-1), { status: 429, headers: { "retry-after": /^\d+$/, "cache-control": "no-store" } });
  t.ok(askedClouds >= 30 && askedClouds < 60, "and the cloud is asked no more");
  const both = await plain(server.url, "/oauth/token", {
    headers: { ...form, authorization: "Basic YTpi" },
    body,
  });
  t.match(JSON.parse(both.body), { error: "invalid_request" });
  t.notMatch(server.text() + answers.map(({ body }) => body).join(), secret);
});
