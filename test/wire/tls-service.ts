import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Test } from "tap";
import { Wire } from "../../src/wire/wire.ts";
import type { WireRequest } from "../../src/wire/wire-message.ts";

/** Answers one request. */
export type Serve = (request: IncomingMessage, response: ServerResponse) => unknown;

/** One of the certificates and keys of the tests, by its name. */
export const certificate = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, "../cloud/tls", name));

/** A service over TLS, the wire to it, and a request without its body. They go away with the test. */
export async function tlsService(t: Test, serve: Serve, ca = certificate("ca.pem")) {
  const server = createServer(
    { key: certificate("server.key"), cert: certificate("server.pem") },
    (request, response) => void serve(request, response),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const wire = new Wire(() => ({ rejectUnauthorized: true, ca }));
  t.teardown(async () => {
    await wire.close();
    server.closeAllConnections();
    server.close();
  });
  const controller = new AbortController();
  const request: WireRequest = {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    path: "/v2/images/a/file",
    method: "PUT",
    headers: { "x-auth-token": "secret" },
    signal: controller.signal,
    headTimeoutMs: 0,
    idleTimeoutMs: 0,
  };
  return { server, wire, request, controller };
}
