import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { connect as connectTcp } from "node:net";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import t from "tap";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { Health } from "../../src/gen/grpc/health/v1/health_pb.js";
import { createGuard } from "../../src/server/guard.ts";
import { plain, shared, start } from "./harness.ts";

const web = t.testdir({ "index.html": "<!doctype html><title>Oaktree</title>" });
const server = await start({ web });
t.teardown(() => server.close());
const own = new URL(server.url).host;

const paths = [
  "/",
  "/livez",
  "/nothing",
  "/grpc.health.v1.Health/Check",
  "/oaktree.v1.ComputeService/ListFlavors",
];

t.test("a page whose name was rebound to this machine gets nothing", async (t) => {
  for (const path of paths) {
    for (const host of [
      "evil.example",
      `evil.example:${server.port}`,
      "127.0.0.1.evil.example",
      "2130706433.evil",
    ]) {
      const answer = await plain(server.url, path, { headers: { host } });
      t.equal(answer.status, 403, `${host} ${path}`);
      t.match(answer.json(), {
        code: "permission_denied",
        details: [{ debug: { reason: "ORIGIN_REFUSED" } }],
      });
    }
  }
});

t.test("nor do other pages", async (t) => {
  for (const path of paths) {
    for (const origin of [
      "https://evil.example",
      "null",
      `https://${own}`,
      "http://localhost:3000",
      `http://${own}.evil`,
    ]) {
      t.equal((await plain(server.url, path, { headers: { origin } })).status, 403, `${origin} ${path}`);
    }
  }
  t.equal(
    (await plain(server.url, "/livez", { method: "OPTIONS", headers: { origin: "https://evil.example" } }))
      .status,
    403,
  );
});

t.test("this server's own page and plain clients are served", async (t) => {
  for (const host of [own, "localhost", `localhost:${server.port}`, "127.0.0.1:8080", "[::1]:8080"]) {
    t.equal((await plain(server.url, "/livez", { method: "GET", headers: { host } })).status, 200, host);
    t.equal(
      (await plain(server.url, "/livez", { method: "GET", headers: { host, origin: `http://${host}` } }))
        .status,
      200,
    );
  }
});

t.test("HTTP/2 says the host in :authority, and may say it in host too", async (t) => {
  const session = connect(server.url);
  t.teardown(() => session.destroy());
  for (const [headers, expected] of [
    [{ ":authority": "localhost" }, 200],
    [{ ":authority": "evil.example" }, 403],
    [{ ":authority": "localhost", host: "evil.example" }, 403],
  ] as const) {
    const stream = session.request({ ":path": "/livez", ...headers });
    const [answer] = await once(stream, "response");
    stream.destroy();
    t.equal(answer[":status"], expected, JSON.stringify(headers));
  }
});

t.test("gRPC clients are told in their own words", async (t) => {
  const client = createClient(
    Health,
    createGrpcTransport({
      baseUrl: server.url,
      interceptors: [
        (next) => (request) => {
          request.header.set("origin", "https://evil.example");
          return next(request);
        },
      ],
    }),
  );
  const error = await client.check({}).then(() => undefined, ConnectError.from);
  t.equal(error?.code, Code.PermissionDenied);
  t.equal(error?.findDetails(ErrorInfoSchema)[0]?.reason, "ORIGIN_REFUSED");
});

t.test("a request without a host that can be one is refused", async (t) => {
  t.equal(
    (await plain(server.url, "/livez", { method: "GET", headers: { host: "localhost@evil.example" } }))
      .status,
    400,
  );
  const socket = connectTcp(server.port, "127.0.0.1");
  socket.write("GET /livez HTTP/1.0\r\n\r\n");
  t.match((await socket.setEncoding("utf8").toArray()).join(""), /^HTTP\/1.1 400 .*INVALID_REQUEST/s);
});

t.test("in shared use a server has whatever names its deployer gives it", async (t) => {
  const server = await start({ clouds: shared });
  t.teardown(() => server.close());
  t.equal(
    (await plain(server.url, "/livez", { method: "GET", headers: { host: "oaktree.example" } })).status,
    200,
  );
});

t.test("over TLS a server on all addresses takes any name, for its certificate answers for it", async (t) => {
  const request = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;
  const tls = createGuard("0.0.0.0", true);
  tls(request({ host: "laptop.example:50051" }));
  tls(request({ host: "laptop.example:50051", origin: "https://laptop.example:50051" }));
  t.throws(() => tls(request({ host: "laptop.example", origin: "https://evil.example" })), /does not answer/);
  t.throws(
    () => tls(request({ host: "laptop.example", origin: "http://laptop.example" })),
    /does not answer/,
  );
  t.throws(() => createGuard("0.0.0.0", false)(request({ host: "laptop.example" })), /does not answer/);
  createGuard("laptop.example", true)(request({ host: "laptop.example:443" }));
  createGuard("::1", false)(request({ host: "[::1]:50051" }));
});
