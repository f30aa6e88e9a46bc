import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import t from "tap";
import { inShares } from "../../src/cloud/shared-body.ts";
import { TurnShare } from "../../src/cloud/turn-share.ts";
import { Wire } from "../../src/cloud/wire.ts";

const kibibyte = 1024;
const tls = (name: string): string => join(import.meta.dirname, "tls", name);

async function* pieces(number: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < number; index += 1) {
    yield new Uint8Array(64 * kibibyte).fill(index);
  }
}

/** Most bytes of a body that came between two turns of the loop, and all of them. */
async function read(body: AsyncIterable<Uint8Array>): Promise<{ most: number; all: number }> {
  let most = 0;
  let turn = 0;
  let all = 0;
  let isOver = false;
  const tick = (): void => {
    turn = 0;
    if (!isOver) {
      setImmediate(tick);
    }
  };
  tick();
  try {
    for await (const bytes of body) {
      all += bytes.length;
      turn += bytes.length;
      most = Math.max(most, turn);
    }
  } finally {
    isOver = true;
  }
  return { most, all };
}

t.test("bytes that are all there come in shares, and in order", async (t) => {
  const seen: number[] = [];
  for await (const [first = -1] of inShares(pieces(100))) {
    seen.push(first);
  }
  t.strictSame(
    seen,
    Array.from({ length: 100 }, (_, index) => index),
  );
  const bodies = await Promise.all(Array.from({ length: 8 }, () => read(inShares(pieces(64)))));
  for (const { most, all } of bodies) {
    t.equal(all, 4096 * kibibyte);
    // An eighth of 1 MiB; the count's turns and the share's may begin apart.
    t.ok(most <= 2 * 128 * kibibyte, `${most} bytes in a turn`);
  }
});

t.test("who leaves early or whose source breaks gives its share back", async (t) => {
  for await (const _ of inShares(pieces(2))) {
    break;
  }
  const broken = inShares(
    (async function* () {
      yield new Uint8Array(1);
      throw new Error("lost");
    })(),
  );
  await t.rejects(read(broken), { message: "lost" });
  const share = new TurnShare(() => undefined);
  t.ok(share.take(1024 * kibibyte - 1), "all of a turn is this one's");
  share.close();
});

t.test("over TLS an answer that may be large comes in shares", async (t) => {
  const size = 8192 * kibibyte;
  const server = createServer(
    { key: readFileSync(tls("server.key")), cert: readFileSync(tls("server.pem")) },
    (_request, response) => {
      response.writeHead(200, { "content-length": size }).end(Buffer.alloc(size));
    },
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const wire = new Wire("fake", { verify: true, cacert: tls("ca.pem") });
  // With so many the share of each is 128 KiB.
  const others = Array.from({ length: 20 }, () => new TurnShare(() => undefined));
  t.teardown(async () => {
    for (const other of others) {
      other.close();
    }
    await wire.close();
    server.close();
  });
  const answer = await wire.request({
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    path: "/v2/images/a/file",
    method: "GET",
    headers: {},
    signal: new AbortController().signal,
    headTimeoutMs: 0,
    idleTimeoutMs: 0,
    large: true,
  });
  const closed = new Promise<void>((resolve) => answer.onClose(resolve));
  const { most, all } = await read(answer.body);
  await closed;
  t.equal(all, size);
  // A piece may go beyond the share.
  t.ok(most <= 2 * (128 + 64) * kibibyte, `${most} bytes in a turn`);
});
