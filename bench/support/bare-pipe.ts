// What Oaktree's transfers are compared with: a Node server that pipes bodies to and from another one by undici, and
// @fastify/http-proxy. Given the other one's origin it tells where both listen.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import proxy from "@fastify/http-proxy";
import fastify from "fastify";
import { Agent, request } from "undici";

const [upstream = ""] = process.argv.slice(2);
const dispatcher = new Agent({ bodyTimeout: 0, headersTimeout: 0 });

const pipe = createServer({ requestTimeout: 0 }, async (incoming, response) => {
  try {
    const isUpload = incoming.method === "PUT";
    const answer = await request(`${upstream}${incoming.url}`, {
      dispatcher,
      method: isUpload ? "PUT" : "GET",
      headers: isUpload ? { "content-length": String(incoming.headers["content-length"]) } : {},
      body: isUpload ? incoming : null,
    });
    response.writeHead(answer.statusCode, answer.headers);
    answer.body.pipe(response);
  } catch {
    response.destroy();
  }
});
pipe.listen(0, "127.0.0.1");
await once(pipe, "listening");

const app = fastify({ bodyLimit: Number.MAX_SAFE_INTEGER });
await app.register(proxy, { upstream, undici: { bodyTimeout: 0, headersTimeout: 0 } });
await app.listen({ port: 0, host: "127.0.0.1" });

process.send?.([pipe, app.server].map((server) => (server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
