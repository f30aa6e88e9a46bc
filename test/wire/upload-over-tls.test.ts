import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import t from "tap";
import { Slot } from "../../src/wire/passing-bytes.ts";
import { Lost } from "../../src/wire/wire.ts";
import { certificate, type Serve, tlsService } from "./tls-service.ts";

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const bytes of body) {
    text += Buffer.from(bytes).toString();
  }
  return text;
}

/** Bytes without an end. Tells when it was left. */
function endless() {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        yield new Uint8Array(64 * 1024);
      }
    } finally {
      resolve();
    }
  }
  return { source: source(), left };
}

/** Tells how many bytes came, and their digest. */
const digested: Serve = async (incoming, response) => {
  const hash = createHash("sha256");
  let size = 0;
  for await (const bytes of incoming) {
    hash.update(bytes as Buffer);
    size += (bytes as Buffer).length;
  }
  response.end(`${size} ${hash.digest("hex")}`);
};

const digestOf = (...pieces: Buffer[]): string =>
  `${Buffer.concat(pieces).length} ${createHash("sha256").update(Buffer.concat(pieces)).digest("hex")}`;

t.test("bytes arrive as they were sent, of a known size or none", async (t) => {
  const { wire, request } = await tlsService(t, digested);
  const pieces = Array.from({ length: 50 }, (_, index) => randomBytes(index * 3001));
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  for (const headers of [{}, { "content-length": String(Buffer.concat(pieces).length) }]) {
    const answer = await wire.request({ ...request, headers, body: source() });
    t.equal(await textOf(answer.body), digestOf(...pieces));
  }
});

t.test("memory that is used again is not, while it waits to leave", async (t) => {
  const { wire, request } = await tlsService(t, digested);
  const pieces = [1, 1000, 20_000, 70_000, 300_000, 5].map((size) => randomBytes(size));
  let onFree: (() => void) | undefined;
  const slot = new Slot(300_000, () => onFree?.());
  async function* source(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      while (!slot.free) {
        await new Promise<void>((resolve) => {
          onFree = resolve;
        });
      }
      slot.bytes.fill(0);
      piece.copy(slot.bytes);
      yield slot.bytes.subarray(0, piece.length);
    }
  }
  const answer = await wire.request({ ...request, body: source() });
  t.equal(await textOf(answer.body), digestOf(...pieces));
});

t.test("small bodies share a connection, large ones have their own", async (t) => {
  const { server, wire, request } = await tlsService(t, digested);
  let connections = 0;
  server.on("secureConnection", () => {
    connections += 1;
  });
  const send = async (size: number): Promise<void> => {
    const bytes = randomBytes(size);
    async function* source(): AsyncGenerator<Uint8Array> {
      const passing = Buffer.from(bytes);
      yield passing;
      passing.fill(0);
    }
    const headers = { "content-length": String(size) };
    const answer = await wire.request({ ...request, headers, body: source() });
    t.equal(await textOf(answer.body), digestOf(bytes));
    // undici has the connection back in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
  };
  for (let time = 0; time < 3; time++) {
    await send(100_000);
  }
  t.equal(connections, 1);
  await send(2_000_000);
  t.equal(connections, 2);
});

t.test("a refusal that comes before the bytes were read is heard", async (t) => {
  const { wire, request } = await tlsService(t, (_incoming, response) => {
    response.writeHead(413, { connection: "close" });
    response.end("refused early", () => response.socket?.destroy());
  });
  for (let round = 0; round < 40; round += 1) {
    const { source, left } = endless();
    const answer = await wire.request({ ...request, body: source });
    t.equal(answer.status, 413, `round ${round}`);
    t.equal(await textOf(answer.body), "refused early", `round ${round}`);
    await left;
  }
});

t.test("who is not trusted gets neither the token nor a byte", async (t) => {
  const { server, wire, request } = await tlsService(
    t,
    () => t.fail("the request came through"),
    certificate("client.pem"),
  );
  const closed = once(server, "connection").then(([socket]) => once(socket as Socket, "close"));
  const { source } = endless();
  const error = await wire.request({ ...request, body: source }).catch((error: unknown) => error);
  t.ok(error instanceof Lost && error.certificate && !error.sent, String(error));
  await closed;
});

t.test("who goes away in the middle closes the connection and the source", async (t) => {
  const { promise: begun, resolve } = Promise.withResolvers<IncomingMessage>();
  const { wire, request, controller } = await tlsService(t, (incoming) => {
    incoming.on("error", () => undefined);
    incoming.once("data", () => resolve(incoming));
  });
  const { source, left } = endless();
  const answer = wire.request({ ...request, body: source });
  answer.catch(() => undefined);
  const incoming = await begun;
  const closed = new Promise((resolve) => incoming.once("close", resolve));
  controller.abort();
  await t.rejects(answer, { name: "Lost" });
  await left;
  await closed;
});
