// What web pages of other origins may do.
import t from "tap";
import { originOf } from "../../src/server/cors.ts";
import { plain, shared, start } from "./harness.ts";

const friend = "https://dashboard.example";
const foe = "https://evil.example";
const path = "/oaktree.v1.ComputeService/ListFlavors";
const preflight = (origin: string, headers: string) => ({
  method: "OPTIONS",
  headers: {
    authorization: "",
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": headers,
  },
});

for (const [use, clouds] of [
  ["personal", {}],
  ["shared", { clouds: shared }],
] as const) {
  t.test(`pages of an allowed origin, in ${use} use`, async (t) => {
    const server = await start({ ...clouds, allowedOrigins: [friend, "https://other.example"] });
    t.teardown(() => server.close());
    const wanted =
      "authorization,content-type,connect-protocol-version,connect-timeout-ms,x-grpc-web,grpc-timeout";
    const asked = await plain(server.url, path, preflight(friend, wanted));
    t.equal(asked.status, 204);
    t.equal(asked.headers["access-control-allow-origin"], friend);
    const allowed = String(asked.headers["access-control-allow-headers"]).toLowerCase().split(/, */);
    for (const header of [...wanted.split(","), "x-auth-token", "x-oaktree-cloud"]) {
      t.ok(allowed.includes(header), header);
    }
    t.match(asked.headers["access-control-allow-methods"], /GET.*POST|POST.*GET/);
    t.equal(asked.headers["access-control-allow-credentials"], undefined, "no cookies");

    for (const type of ["application/json", "application/grpc-web+proto"]) {
      const answer = await plain(server.url, path, {
        headers: { origin: friend, "content-type": type },
        body: type === "application/json" ? "{}" : Buffer.alloc(5),
      });
      t.equal(answer.status, 200, type);
      t.equal(answer.headers["access-control-allow-origin"], friend);
      t.match(answer.headers.vary, /origin/i);
      const exposed = String(answer.headers["access-control-expose-headers"]).toLowerCase();
      for (const header of [
        "grpc-status",
        "grpc-message",
        "grpc-status-details-bin",
        "x-openstack-request-id",
      ]) {
        t.match(exposed, header);
      }
    }
    const refused = await plain(server.url, path, { headers: { origin: friend, authorization: "Basic x" } });
    t.equal(refused.status, 401);
    t.equal(refused.headers["access-control-allow-origin"], friend, "a page may read why it was refused");
    const unknown = await plain(server.url, "/oaktree.v1.ComputeService/Fly", {
      headers: { origin: friend },
    });
    t.equal(unknown.headers["access-control-allow-origin"], friend);
  });

  t.test(`pages of any other origin, in ${use} use`, async (t) => {
    for (const allowedOrigins of [[], [friend]]) {
      const server = await start({ ...clouds, allowedOrigins });
      t.teardown(() => server.close());
      for (const origin of [foe, "null", `${friend}.evil.example`, "http://dashboard.example"]) {
        const asked = await plain(server.url, path, preflight(origin, "authorization"));
        t.equal(asked.headers["access-control-allow-origin"], undefined, `${origin}: preflight`);
        const called = await plain(server.url, path, { headers: { origin } });
        t.equal(called.headers["access-control-allow-origin"], undefined, origin);
        t.equal(called.status, use === "personal" ? 403 : 200);
      }
    }
  });
}

t.test("an allowed origin opens no other host", async (t) => {
  const server = await start({ allowedOrigins: [friend] });
  t.teardown(() => server.close());
  const { status } = await plain(server.url, path, { headers: { origin: friend, host: "evil.example" } });
  t.equal(status, 403);
});

t.test("what is an origin", async (t) => {
  t.equal(originOf(friend), friend);
  t.equal(originOf("http://localhost:5173"), "http://localhost:5173");
  for (const wrong of [
    "*",
    "null",
    "dashboard.example",
    `${friend}/`,
    `${friend}/x`,
    "ftp://a.example",
    "https://A.example",
  ]) {
    t.throws(() => originOf(wrong), /no origin to allow/, wrong);
  }
});
