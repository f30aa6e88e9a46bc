import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

/** Connections to the metrics at once: Prometheus keeps one. */
const maxConnections = 16;

/** A listener for Prometheus. */
export interface MetricsListener {
  /** Its port. */
  readonly port: number;
  /** Stops at once. */
  close(): Promise<void>;
}

/**
 * Serves `GET /metrics` on an address of its own, since who may read it are not
 * the callers of the API, and the API's port may be open to the world.
 */
export async function serveMetrics(
  registry: Registry,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<MetricsListener> {
  const server = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000 }, (request, response) => {
    if (request.method !== "GET" || request.url?.replace(/\?.*/s, "") !== "/metrics") {
      response.writeHead(404, { "content-type": "text/plain" }).end("metrics are at GET /metrics\n");
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.maxConnections = maxConnections;
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
