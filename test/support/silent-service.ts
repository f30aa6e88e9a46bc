import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Test } from "tap";

/** A request that is not answered. */
export interface Held {
  readonly request: IncomingMessage;
  readonly closed: Promise<unknown>;
}

/** The image that every POST makes. */
export const image = "0b5c7e5e-0000-4000-8000-000000000000";

/** A service that takes requests and never answers; discovery, and what is around an upload, aside. */
export async function silentService(t: Test) {
  const waiting: ((held: Held) => void)[] = [];
  const deleted: ((path: string) => void)[] = [];
  const server = createServer((request, response) => {
    if (/^\/(v2\.1|v3|v2)?\/?$/.test(request.url ?? "")) {
      response.writeHead(404).end();
      return;
    }
    request.resume();
    if (request.method === "POST" && request.url === "/v2/images") {
      response.writeHead(201, { "content-type": "application/json" });
      response.end(JSON.stringify({ id: image, name: "i", status: "queued" }));
      return;
    }
    if (request.method === "DELETE") {
      response.writeHead(204).end();
      deleted.shift()?.(request.url ?? "");
      return;
    }
    const one = { request, closed: new Promise((resolve) => request.socket.once("close", resolve)) };
    waiting.shift()?.(one);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The path of the next DELETE. */
    nextDeleted: () => new Promise<string>((resolve) => deleted.push(resolve)),
    /** The next request that comes. */
    next: () => new Promise<Held>((resolve) => waiting.push(resolve)),
  };
}
