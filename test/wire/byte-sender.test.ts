import { channel } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import t, { type Test } from "tap";
import { ByteSender } from "../../src/wire/byte-sender.ts";
import type { WireRequest } from "../../src/wire/wire-message.ts";

const pieces = 8;
const pieceBytes = 1024;

/** A service that tells when the first bytes of a body are there, and answers with how many there were. */
async function service(t: Test) {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    let size = 0;
    for await (const bytes of request) {
      size += (bytes as Buffer).length;
      resolve();
    }
    response.end(String(size));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const sender = new ByteSender({ rejectUnauthorized: true });
  t.teardown(() => {
    sender.close();
    server.close();
  });
  const request = (headers: Record<string, string>): WireRequest => ({
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    path: "/v2/images/a/file",
    method: "PUT",
    headers,
    signal: new AbortController().signal,
    headTimeoutMs: 0,
    idleTimeoutMs: 0,
  });
  return { begun, sender, request };
}

/** How many buffers each write of the next connection takes to the operating system. */
function writesOf(t: Test): number[] {
  const writes: number[] = [];
  const sockets = channel("net.client.socket");
  const watch = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    const { _write: one, _writev: many } = socket;
    socket._write = (...args) => {
      writes.push(1);
      one.apply(socket, args);
    };
    socket._writev = (chunks, callback) => {
      writes.push(chunks.length);
      many?.call(socket, chunks, callback);
    };
  };
  sockets.subscribe(watch);
  t.teardown(() => sockets.unsubscribe(watch));
  return writes;
}

for (const [what, headers] of Object.entries({
  "of a known size": { "content-length": String((1 + pieces) * pieceBytes) },
  "of no known size": {},
})) {
  t.test(`the pieces of a body ${what} that come in one turn leave in one write`, async (t) => {
    const writes = writesOf(t);
    const { begun, sender, request } = await service(t);
    let before = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(pieceBytes);
      await begun;
      before = writes.length;
      // All in one turn of the event loop, but each in a callback of its own, as reads of a socket are.
      const reads = Array.from({ length: pieces }, () => new Promise((resolve) => setImmediate(resolve)));
      for (const read of reads) {
        await read;
        yield new Uint8Array(pieceBytes);
      }
    }
    const answer = await sender.request(request(headers), source());
    let text = "";
    for await (const bytes of answer.body) {
      text += Buffer.from(bytes).toString();
    }
    t.equal(text, String((1 + pieces) * pieceBytes));
    t.equal(writes.length, before + 1, `writes of ${writes.join(", ")} buffers`);
  });
}
