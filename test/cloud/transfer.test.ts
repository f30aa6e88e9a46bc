import type { IncomingMessage } from "node:http";
import t from "tap";
import type { Fault } from "../../src/cloud/fault.ts";
import { literalPath } from "../../src/cloud/path.ts";
import type { ByteRequest } from "../../src/cloud/region.ts";
import { produces } from "../support/produces.ts";
import { fails, fakeCloud, scope } from "./fake-cloud.ts";

const path = literalPath("/c/o");
const put: ByteRequest = { service: "object-store", method: "PUT", path };
const get: ByteRequest = { service: "object-store", method: "GET", path };
const line = "/swift/v1/AUTH_p1/c/o";

async function* bytes(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    yield new TextEncoder().encode(text);
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

t.test("bytes of a known size, and of an unknown one", async (t) => {
  const came: unknown[] = [];
  const fake = await fakeCloud(t, {
    service: (request, response, body) => {
      const { "content-length": size, "transfer-encoding": coding, "content-type": type } = request.headers;
      came.push([size, coding, type, body]);
      response.writeHead(201, { etag: "e" }).end("made");
    },
  });
  const region = await fake.region();
  const answer = await region.transfer({ ...put, source: bytes("ab", "", "c"), size: 3 }, scope());
  t.match(answer, { status: 201, headers: { etag: "e" } });
  t.equal(await textOf(answer.body), "made");
  await region.transfer({ ...put, source: bytes("ab", "c"), contentType: "text/plain" }, scope());
  t.same(came, [
    ["3", undefined, "application/octet-stream", "abc"],
    [undefined, "chunked", "text/plain", "abc"],
  ]);
});

t.test("another size than the announced one is a mismatch", async (t) => {
  const fake = await fakeCloud(t, { service: (_request, response) => response.writeHead(201).end() });
  const region = await fake.region();
  for (const size of [2, 4]) {
    await fails(t, region.transfer({ ...put, source: bytes("abc"), size }, scope()), {
      reason: "DATA_MISMATCH",
    });
  }
});

t.test("an upload is never repeated", async (t) => {
  const fake = await fakeCloud(t, {
    service: (_request, response) => response.writeHead(503, { "retry-after": "0" }).end(),
  });
  const region = await fake.region();
  await fails(t, region.transfer({ ...put, source: bytes("abc") }, scope()), {
    reason: "UPSTREAM_UNAVAILABLE",
  });
  t.equal(fake.count(`PUT ${line}`), 1);
});

t.test("an upload whose answer is lost has an unknown outcome", async (t) => {
  const fake = await fakeCloud(t, { service: (request) => request.socket.destroy() });
  const region = await fake.region();
  await fails(t, region.transfer({ ...put, source: bytes("abc") }, scope()), { reason: "OUTCOME_UNKNOWN" });
});

t.test(
  "a source that fails fails the upload with its own error, and the service sees it break off",
  async (t) => {
    const arrived = Promise.withResolvers<IncomingMessage>();
    const fake = await fakeCloud(t, { unread: true, service: (request) => arrived.resolve(request) });
    const region = await fake.region();
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(3);
      const request = await arrived.promise;
      request.on("error", () => undefined).resume();
      throw new TypeError("the source broke");
    }
    const upload = region.transfer({ ...put, source: failing() }, scope());
    const request = await arrived.promise;
    const closed = new Promise((resolve) => request.socket.once("close", resolve));
    await fails(t, upload, { name: "TypeError", message: "the source broke" });
    await closed;
    t.notOk(request.complete);
  },
);

t.test("an upload waits for a service that is slow to read", async (t) => {
  const arrived = Promise.withResolvers<IncomingMessage>();
  const fake = await fakeCloud(t, { unread: true, service: (request) => arrived.resolve(request) });
  const region = await fake.region();
  let pulled = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      pulled += 1;
      yield new Uint8Array(1024 * 1024);
    }
  }
  const leaving = new AbortController();
  const upload = region.transfer({ ...put, source: endless() }, scope({ signal: leaving.signal }));
  await arrived.promise;
  // When nothing was pulled for 20 turns of the loop the buffers are full.
  for (let seen = -1, still = 0; still < 20; still = seen === pulled ? still + 1 : 0) {
    seen = pulled;
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.ok(pulled < 64, `${pulled} MiB were taken`);
  leaving.abort();
  await fails(t, upload, { reason: "CANCELLED" });
});

t.test("a download is handed on as it comes, and its slot is given back", async (t) => {
  const fake = await fakeCloud(t, {
    limits: { transfers: 1 },
    service: (_request, response) => response.writeHead(200, { "content-length": "3" }).end("abc"),
  });
  const region = await fake.region();
  for (let round = 0; round < 3; round += 1) {
    const { body } = await region.transfer(get, scope());
    t.equal(await textOf(body), "abc");
  }
});

t.test("a download that is left early closes the connection and gives its slot back", async (t) => {
  const closed = Promise.withResolvers<void>();
  const fake = await fakeCloud(t, {
    limits: { transfers: 1 },
    service: (request, response) => {
      request.socket.once("close", () => closed.resolve());
      response.writeHead(200).write("abc");
    },
  });
  const region = await fake.region();
  const { body } = await region.transfer(get, scope());
  for await (const chunk of body) {
    t.equal(Buffer.from(chunk).toString(), "abc");
    break;
  }
  await closed.promise;
  t.match(await region.transfer(get, scope()), { status: 200 });
});

t.test("a download that breaks off throws, and so does one that is too short", async (t) => {
  const fake = await fakeCloud(t, {
    service: (request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("abc", () => request.socket.destroy());
    },
  });
  const region = await fake.region();
  const { body } = await region.transfer(get, scope());
  await fails(t, textOf(body), { reason: "UPSTREAM_UNAVAILABLE", metadata: { service: "object-store" } });
});

t.test("a download ends with its caller", async (t) => {
  const fake = await fakeCloud(t, { service: (_request, response) => response.writeHead(200).write("abc") });
  const region = await fake.region();
  const leaving = new AbortController();
  const { body } = await region.transfer(get, scope({ signal: leaving.signal }));
  const iterator = body[Symbol.asyncIterator]();
  await iterator.next();
  leaving.abort();
  await fails(t, iterator.next(), { reason: "CANCELLED" });
});

t.test("a download that nobody reads can be aborted, and a HEAD has nothing to read", async (t) => {
  const closed = Promise.withResolvers<void>();
  const fake = await fakeCloud(t, {
    limits: { transfers: 1 },
    service: (request, response) => {
      request.socket.once("close", () => closed.resolve());
      response.writeHead(200);
      if (request.method === "HEAD") {
        response.end();
      } else {
        response.write("abc");
      }
    },
  });
  const region = await fake.region();
  await region.transfer({ ...get, method: "HEAD" }, scope());
  const leaving = new AbortController();
  await region.transfer(get, scope({ signal: leaving.signal }));
  leaving.abort();
  await closed.promise;
  t.match(await region.transfer({ ...get, method: "HEAD" }, scope()), { status: 200 }, "the slot is free");
});

t.test("a transfer that stands still is ended", async (t) => {
  const fake = await fakeCloud(t, {
    limits: { idleMs: 50 },
    unread: true,
    service: (request, response) => {
      if (request.method === "GET") {
        response.writeHead(200).write("abc");
      } else {
        request.resume();
      }
    },
  });
  const region = await fake.region();
  const { body } = await region.transfer(get, scope());
  await fails(t, textOf(body), { reason: "UPSTREAM_UNAVAILABLE", message: /sent no more bytes .* after 3/ });
  await fails(t, region.transfer({ ...put, source: bytes("abc") }, scope()), {
    reason: "OUTCOME_UNKNOWN",
    message: /all bytes were sent/,
  });
});

t.test("a download that was refused is an error", async (t) => {
  const fake = await fakeCloud(t, {
    service: (_request, response) => response.writeHead(404).end("<p>gone</p>"),
  });
  const region = await fake.region();
  await fails(t, region.transfer(get, scope()), { reason: "NOT_FOUND", message: /: gone$/ });
});

t.test("who stands still is to blame: a caller that sends nothing", async (t) => {
  const left = Promise.withResolvers<void>();
  const fake = await fakeCloud(t, {
    limits: { idleMs: 50 },
    unread: true,
    service: (request) => void request.on("error", () => left.resolve()).resume(),
  });
  const region = await fake.region();
  async function* stalled(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(3);
    await new Promise(() => undefined);
  }
  const error = await region.transfer({ ...put, source: stalled() }, scope()).catch((error: Fault) => error);
  produces(t, "CALLER_STALLED", error as Fault);
  t.match(error, { message: /sent no more bytes .* after 3 bytes/ });
  await left.promise;
});

t.test("who stands still is to blame: a caller that takes nothing", async (t) => {
  const left = Promise.withResolvers<void>();
  const fake = await fakeCloud(t, {
    limits: { idleMs: 50 },
    service: (request, response) => {
      request.socket.once("close", () => left.resolve());
      response.writeHead(200, { "content-length": "9" }).write("abc");
    },
  });
  const region = await fake.region();
  const { body } = await region.transfer(get, scope());
  const iterator = body[Symbol.asyncIterator]();
  await iterator.next();
  await left.promise;
  await fails(t, iterator.next(), {
    reason: "CALLER_STALLED",
    message: /took no more bytes .* after 3 bytes/,
  });
});

t.test("who stands still is to blame: a service that takes nothing", async (t) => {
  const fake = await fakeCloud(t, { limits: { idleMs: 50 }, unread: true, service: () => undefined });
  const region = await fake.region();
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      yield new Uint8Array(1024 * 1024);
    }
  }
  await fails(t, region.transfer({ ...put, source: endless() }, scope()), {
    reason: "UPSTREAM_UNAVAILABLE",
    message: /took no more bytes/,
  });
});
