// The least that a server in Node does which reads a cloud's lists and answers with JSON of its own: it asks for a page,
// parses it, stringifies it and answers with it. Nothing is checked, renamed, cut or added. Given Nova's endpoint it tells
// where it listens.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";

/** As many as find room in one answer of Oaktree's. */
const limit = 480;

const [nova = ""] = process.argv.slice(2);
const { origin, pathname } = new URL(nova);
const pool = new Pool(origin);

const listener = createServer(async (request, response) => {
  const path = `${pathname}/servers/detail?limit=${limit}&${new URL(request.url ?? "/", nova).searchParams}`;
  const { body } = await pool.request({ path, method: "GET" });
  const text = JSON.stringify(JSON.parse(await body.text()));
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}).listen(0, "127.0.0.1");
await once(listener, "listening");
process.send?.(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`);
process.on("disconnect", () => process.exit());
