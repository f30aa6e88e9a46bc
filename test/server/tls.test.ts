import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { createClient } from "@connectrpc/connect";
import t from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { http1Options, usualLimits } from "../../src/server/limits.ts";
import { createListener } from "../../src/server/listener.ts";
import { start, transport, ways } from "./harness.ts";

// Self-signed for localhost and 127.0.0.1, good for a hundred years.
const cert = readFileSync(new URL("tls-cert.pem", import.meta.url));
const key = readFileSync(new URL("tls-key.pem", import.meta.url));

const server = await start({ tls: { cert, key } });
t.teardown(() => server.close());

t.match(server.url, /^https:/);

for (const way of ways) {
  t.test(`${way} over TLS`, async (t) => {
    const client = createClient(ComputeService, transport(server.url, way, { ca: cert }));
    t.ok(await client.listFlavors({}));
  });
}

t.test("HTTP/1.1 over TLS", async (t) => {
  const get = request(`${server.url}/livez`, { ca: cert, agent: false }).end();
  const [response] = await once(get, "response");
  t.equal(response.statusCode, 200);
  t.equal(response.httpVersion, "1.1");
});

t.test("the limits are those of the clear port", async (t) => {
  const tls = createListener(() => {}, { cert, key }).server;
  const clear = createListener(() => {}).server;
  for (const limit of ["requestTimeout", "headersTimeout", "keepAliveTimeout", "maxConnections"] as const) {
    t.equal(tls[limit], clear[limit], limit);
  }
  t.equal(clear.requestTimeout, 0, "a long upload is not cut off");
  t.equal(clear.headersTimeout, http1Options(usualLimits).headersTimeout);
});
