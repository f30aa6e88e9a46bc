import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import t, { type Test } from "tap";
import { hold } from "../../src/wire/passing-bytes.ts";
import { Lost, Wire } from "../../src/wire/wire.ts";
import type { WireRequest } from "../../src/wire/wire-message.ts";
import { closedOrigin } from "../support/closed-origin.ts";

/** An upstream that answers each request with these bytes, as they are, and closes. */
async function upstream(t: Test, ...answer: (string | Buffer)[]) {
  const requests: string[] = [];
  const server = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    socket.once("data", async (request) => {
      requests.push(request.toString());
      for (const part of answer) {
        // Each part is read for itself.
        await new Promise((resolve) => socket.write(part, resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const wire = new Wire(() => ({ rejectUnauthorized: true }));
  t.teardown(async () => {
    await wire.close();
    server.close();
  });
  const request: WireRequest = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    path: "/v2/images/a%20b/file?x=1",
    method: "GET",
    headers: { "x-auth-token": "secret", accept: "*/*" },
    signal: new AbortController().signal,
    headTimeoutMs: 0,
    idleTimeoutMs: 0,
    large: true,
  };
  return { requests, wire, request };
}

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) {
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Twice: a\r\nx-twice:b \r\n\r\n";

t.test("a body of a known size, whatever its head looks like", async (t) => {
  const heads: Record<string, (string | Buffer)[]> = {
    "in one piece": [`${head}hello`],
    "byte by byte": [...`${head}hello`],
    "HTTP/1.0": ["HTTP/1.0 200 OK\r\ncontent-length:5\r\n\r\nhello"],
    "without a reason": ["HTTP/1.1 200\r\ncontent-length: 5\r\n\r\nhello"],
    "after informational answers": [
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${head}`,
      "hello",
    ],
    "with bytes behind it": [`${head}hello`, "HTTP/1.1 500 stray\r\n\r\n"],
  };
  for (const [what, parts] of Object.entries(heads)) {
    const { wire, request, requests } = await upstream(t, ...parts);
    const answer = await wire.request(request);
    t.equal(answer.status, 200, what);
    t.equal((await bytesOf(answer.body)).toString(), "hello", what);
    t.equal(requests.length, 1, what);
  }
});

t.test("headers are read as they are, and so are those of the request", async (t) => {
  const { wire, request, requests } = await upstream(t, `${head}hello`);
  const { headers, body } = await wire.request(request);
  await bytesOf(body);
  t.same({ ...headers }, { "content-length": "5", "x-twice": ["a", "b"] });
  const { host } = new URL(request.origin);
  t.equal(
    requests[0],
    `GET ${request.path} HTTP/1.1\r\nhost: ${host}\r\nx-auth-token: secret\r\naccept: */*\r\nconnection: close\r\n\r\n`,
  );
});

t.test("refusals and empty bodies", async (t) => {
  for (const [first, status, text] of [
    ["HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\ngone", 404, "gone"],
    ["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200, ""],
    ["HTTP/1.1 204 No Content\r\n\r\n", 204, ""],
  ] as const) {
    const { wire, request } = await upstream(t, first);
    const answer = await wire.request(request);
    t.equal(answer.status, status);
    t.equal((await bytesOf(answer.body)).toString(), text);
  }
});

t.test("what is no HTTP, or could be read in two ways, is garbage", async (t) => {
  const garbage: Record<string, string> = {
    "another protocol": "SSH-2.0-OpenSSH\r\n",
    "another version": "HTTP/2.0 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "no status": "HTTP/1.1 OK\r\ncontent-length: 5\r\n\r\nhello",
    "line feeds only": "HTTP/1.1 200 OK\ncontent-length: 5\n\nhello",
    "one line feed only": "HTTP/1.1 200 OK\r\nx: y\ncontent-length: 5\r\n\r\nhello",
    "a carriage return in a value": "HTTP/1.1 200 OK\r\nx: y\rz\r\ncontent-length: 5\r\n\r\nhello",
    "a zero byte": "HTTP/1.1 200 OK\r\nx: y\0\r\ncontent-length: 5\r\n\r\nhello",
    "a folded line": "HTTP/1.1 200 OK\r\nx: y\r\n z\r\ncontent-length: 5\r\n\r\nhello",
    "space before a colon": "HTTP/1.1 200 OK\r\ncontent-length : 5\r\n\r\nhello",
    "no colon": "HTTP/1.1 200 OK\r\ncontent-length\r\n\r\nhello",
    "two sizes": "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
    "the same size twice": "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\nhello",
    "a list of sizes": "HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\nhello",
    "a negative size": "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello",
    "a size in hex": "HTTP/1.1 200 OK\r\ncontent-length: 0x5\r\n\r\nhello",
    "a size beyond numbers": `HTTP/1.1 200 OK\r\ncontent-length: 1${"0".repeat(30)}\r\n\r\nhello`,
    "a size and chunks":
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "an upgrade": "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "a head that is too large": `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\ncontent-length: 5\r\n\r\nhello`,
    "a head that never ends": `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}`,
    "endless informational answers": "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000),
  };
  for (const [what, text] of Object.entries(garbage)) {
    const { wire, request, requests } = await upstream(t, text);
    const error = await wire.request(request).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    t.ok(error instanceof Lost, what);
    t.match(error, { garbage: true, sent: true }, what);
    t.equal(requests.length, 1, `${what}: nobody is asked again`);
    t.notMatch((error as Error).stack, /secret|hello/, what);
  }
});

t.test("an answer that breaks off, before its head is complete and after", async (t) => {
  for (const text of ["", "HTTP/1.1 200 OK\r\ncontent-le"]) {
    const { wire, request } = await upstream(t, text);
    await t.rejects(wire.request(request), { message: "UND_ERR_SOCKET", sent: true, garbage: false });
  }
  const { wire, request } = await upstream(t, `${head}hell`);
  const answer = await wire.request(request);
  const closed = new Promise<void>((resolve) => answer.onClose(resolve));
  await t.rejects(bytesOf(answer.body), { code: "UND_ERR_SOCKET" });
  await closed;
});

t.test("nobody who listens was not asked", async (t) => {
  const { wire, request } = await upstream(t);
  await t.rejects(wire.request({ ...request, origin: closedOrigin }), {
    message: "ECONNREFUSED",
    sent: false,
  });
});

t.test("chunks, and bodies that end with the connection, are read by undici", async (t) => {
  for (const text of [
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello",
  ]) {
    const { wire, request, requests } = await upstream(t, text);
    for (let round = 0; round < 2; round += 1) {
      t.equal((await bytesOf((await wire.request(request)).body)).toString(), "hello");
    }
    t.equal(requests.length, 3, "an origin that does so once is not asked twice again");
  }
});

t.test("what could break out of a request's head is refused", async (t) => {
  const { wire, request, requests } = await upstream(t, `${head}hello`);
  for (const bad of [{ path: "/a b" }, { path: "/a\r\nx: y" }, { headers: { x: "a\r\ny: b" } }]) {
    await t.rejects(wire.request({ ...request, ...bad }));
  }
  t.equal(requests.length, 0);
});

t.test("memory is used again, and what is held stays as it is", async (t) => {
  const size = 20 * 1024 * 1024;
  const body = Buffer.alloc(size);
  for (let at = 0; at < size; at += 4) {
    body.writeUInt32LE(at, at);
  }
  const { wire, request } = await upstream(t, `HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`, body);
  const buffers = new Set<ArrayBufferLike>();
  const kept: { bytes: Uint8Array; at: number; release: () => void }[] = [];
  let at = 0;
  for await (const bytes of (await wire.request(request)).body) {
    buffers.add(bytes.buffer);
    t.ok(body.subarray(at, at + bytes.length).equals(bytes));
    kept.push({ bytes, at, release: hold(bytes) });
    at += bytes.length;
    if (kept.length === 2) {
      for (const one of kept.splice(0)) {
        t.ok(body.subarray(one.at, one.at + one.bytes.length).equals(one.bytes), "it was not overwritten");
        one.release();
        one.release();
      }
    }
  }
  t.equal(at, size);
  t.ok(buffers.size <= 4, `${buffers.size} buffers`);
  t.equal(typeof hold(Buffer.from("anybody's")), "function");
});

t.test("a body that is left, aborted or not begun lets go of its connection", async (t) => {
  for (const end of ["leave", "abort", "abort before"] as const) {
    const closed = Promise.withResolvers<void>();
    const server = createServer((socket) => {
      socket.on("error", () => undefined).on("close", () => closed.resolve());
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello"));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.teardown(() => server.close());
    const { wire, request } = await upstream(t);
    const leaving = new AbortController();
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const answer = await wire.request({ ...request, origin, signal: leaving.signal });
    const over = new Promise<void>((resolve) => answer.onClose(resolve));
    const iterator = answer.body[Symbol.asyncIterator]();
    if (end !== "abort before") {
      await iterator.next();
    }
    if (end === "leave") {
      await iterator.return?.();
    } else {
      leaving.abort();
      await t.rejects(iterator.next(), { name: "AbortError" });
    }
    await Promise.all([over, closed.promise]);
    await t.rejects(wire.request({ ...request, origin, signal: AbortSignal.abort() }), Lost);
  }
});
