import { create } from "@bufbuild/protobuf";
import t from "tap";
import type { Call } from "../../src/cloud/region.ts";
import { ListFlavorsResponseSchema } from "../../src/gen/oaktree/v1/compute_pb.js";
import { handlers, personal, plain, shared, start, token } from "./harness.ts";

/** Tells who it was called by. */
const own = handlers({
  "ComputeService.ListFlavors": async (_request, call: Call) =>
    create(ListFlavorsResponseSchema, { nextPageToken: call.caller.label }),
});
const path = "/oaktree.v1.ComputeService/ListFlavors";
const reasonOf = (answer: Awaited<ReturnType<typeof plain>>) => answer.json().details?.[0]?.debug?.reason;

t.test("personal use", async (t) => {
  const server = await start({ handlers: own });
  t.teardown(() => server.close());
  const ask = (headers: Record<string, string>) =>
    plain(server.url, path, {
      headers: { ...(headers.authorization === undefined && { authorization: "" }), ...headers },
    });

  t.test("the token is taken from either header", async (t) => {
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { authorization: `bearer ${token}` },
      { "x-auth-token": token },
      { authorization: `Bearer ${token}`, "x-auth-token": token },
    ]) {
      t.strictSame(JSON.parse((await plain(server.url, path, { headers })).body), {
        nextPageToken: "personal",
      });
    }
  });

  t.test("another one is refused", async (t) => {
    for (const wrong of [`${token}x`, token.slice(1), "bogus", `${token},${token}`, `${token} ${token}`]) {
      const answer = await ask({ authorization: `Bearer ${wrong}` });
      t.equal(answer.status, 401, wrong);
      t.equal(reasonOf(answer), "CREDENTIAL_INVALID");
      t.equal(answer.headers["www-authenticate"], 'Bearer error="invalid_token"');
      t.notMatch(answer.body, wrong, "and not repeated");
    }
    t.equal(reasonOf(await ask({ authorization: "Basic dXNlcjpwYXNz" })), "CREDENTIAL_INVALID");
  });

  t.test("two different ones are refused", async (t) => {
    const answer = await ask({ authorization: `Bearer ${token}`, "x-auth-token": "another" });
    t.equal(answer.status, 400);
    t.equal(reasonOf(answer), "CREDENTIAL_CONFLICT");
  });
});

t.test("without a credential the answer says how to send one", async (t) => {
  for (const clouds of [personal, shared]) {
    const server = await start({ clouds });
    t.teardown(() => server.close());
    const response = await fetch(`${server.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    t.equal(response.status, 401);
    t.equal(response.headers.get("www-authenticate"), "Bearer");
    const body = await response.text();
    t.match(body, "CREDENTIAL_MISSING");
    t.match(body, "drop call credentials on connections without TLS", "the trap of gRPC libraries");
  }
});

t.test("shared use: each call brings its own Keystone token", async (t) => {
  const server = await start({ handlers: own, clouds: shared });
  t.teardown(() => server.close());
  const fernet = `gAAAAAB${"x".repeat(170)}_-==`;
  const named = await plain(server.url, path, {
    headers: { authorization: `Bearer ${fernet}`, "x-oaktree-cloud": "north" },
  });
  t.strictSame(JSON.parse(named.body), { nextPageToken: `north with ${fernet.length} characters` });
  const unnamed = await plain(server.url, path, {
    headers: { authorization: `Bearer ${fernet}`, "x-auth-token": fernet },
  });
  t.match(unnamed.body, "the only cloud");
});

t.test("personal use does not start without a token", async (t) => {
  await t.rejects(start({ token: "" }), /needs a token/);
});
