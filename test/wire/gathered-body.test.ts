import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import fc from "fast-check";
import t, { type Test } from "tap";
import { gathered } from "../../src/wire/gathered-body.ts";
import { hold } from "../../src/wire/passing-bytes.ts";
import { TurnShare } from "../../src/wire/turn-share.ts";
import { tlsService } from "./tls-service.ts";

const kibibyte = 1024;

/** A stream of these pieces, which come as fast as they are taken. */
const streamOf = (...pieces: readonly Uint8Array[]): Readable => Readable.from(pieces, { objectMode: false });

/** As many pieces, each filled with its own number. */
const pieces = (number: number, size = 64 * kibibyte): Uint8Array[] =>
  Array.from({ length: number }, (_, index) => new Uint8Array(size).fill(index));

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

t.test("bytes come whole and in order, however they came and however long they are held", async (t) => {
  const sizes = fc.array(fc.oneof(fc.nat(64), fc.nat(700 * kibibyte)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(3), async (sizes, held) => {
      const given = sizes.map((size) => randomBytes(size));
      const got: Buffer[] = [];
      for await (const bytes of gathered(streamOf(...given))) {
        const release = hold(bytes);
        // What is held must not be written over while the others are filled.
        setImmediate(() => {
          got.push(Buffer.from(bytes));
          release();
        });
        if (held > 0) {
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      await new Promise((resolve) => setImmediate(resolve));
      t.ok(Buffer.concat(got).equals(Buffer.concat(given)), `pieces of ${sizes}`);
    }),
    // The stream of the example ends while its last piece finds no room.
    { numRuns: 60, examples: [[[416_887, 88_910, 516_421, 499_286], 0]] },
  );
});

t.test("what comes in one turn of the loop is one piece", async (t) => {
  const seen: number[] = [];
  for await (const bytes of gathered(streamOf(...pieces(20, 16 * kibibyte)))) {
    seen.push(bytes.length / kibibyte);
  }
  t.strictSame(seen, [256, 64], "as much as fits into a slot, and the rest");
});

t.test("bytes that are all there come in shares", async (t) => {
  const bodies = await Promise.all(Array.from({ length: 8 }, () => read(gathered(streamOf(...pieces(64))))));
  for (const { most, all } of bodies) {
    t.equal(all, 4096 * kibibyte);
    // An eighth of 1 MiB; the count's turns and the share's may begin apart.
    t.ok(most <= 2 * 128 * kibibyte, `${most} bytes in a turn`);
  }
});

t.test("a reader that stands still stops the stream", async (t) => {
  let given = 0;
  const body = new Readable({
    read() {
      given += 64 * kibibyte;
      this.push(Buffer.alloc(64 * kibibyte));
    },
  });
  const queue = gathered(body);
  await queue.next();
  for (let before = -1; before !== given; ) {
    before = given;
    for (let turn = 0; turn < 10; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  t.ok(given <= 1024 * kibibyte + 2 * 64 * kibibyte, `${given} bytes for four slots and the stream's own`);
  await queue.return();
  t.ok(body.destroyed);
});

t.test("who leaves early or whose source breaks gives its share back", async (t) => {
  const left = streamOf(...pieces(20));
  for await (const _ of gathered(left)) {
    break;
  }
  t.ok(left.destroyed);
  const broken = gathered(
    Readable.from(
      (async function* () {
        yield new Uint8Array(1);
        throw new Error("lost");
      })(),
      { objectMode: false },
    ),
  );
  const closed = new Promise<void>((resolve) => broken.onClose(resolve));
  t.match(await broken.next(), { value: { length: 1 } }, "what came before is not lost");
  await t.rejects(read(broken), { message: "lost" });
  await closed;
  const gone = streamOf(new Uint8Array(1));
  const cut = gathered(gone);
  gone.destroy();
  await t.rejects(read(cut), { message: "other side closed" });
  const share = new TurnShare(() => undefined);
  t.ok(share.take(1024 * kibibyte - 1), "all of a turn is this one's");
  share.close();
});

/** Gets what may be large from a service over TLS. */
async function getOverTls(t: Test, answer: (response: ServerResponse) => unknown) {
  const { wire, request } = await tlsService(t, (_request, response) => answer(response));
  return await wire.request({ ...request, method: "GET", large: true });
}

t.test("over TLS an answer that may be large comes in shares", async (t) => {
  // With so many the share of each is 128 KiB.
  const others = Array.from({ length: 20 }, () => new TurnShare(() => undefined));
  t.teardown(() => {
    for (const other of others) {
      other.close();
    }
  });
  const size = 8192 * kibibyte;
  const answer = await getOverTls(t, (response) =>
    response.writeHead(200, { "content-length": size }).end(Buffer.alloc(size)),
  );
  const closed = new Promise<void>((resolve) => answer.onClose(resolve));
  const { most, all } = await read(answer.body);
  await closed;
  t.equal(all, size);
  // A piece may go beyond the share.
  t.ok(most <= 2 * (128 + 64) * kibibyte, `${most} bytes in a turn`);
});

t.test("over TLS an answer that breaks off is an error, behind what came of it", async (t) => {
  const half = randomBytes(3_000_000);
  const answer = await getOverTls(t, (response) => {
    response.writeHead(200, { "content-length": 2 * half.length });
    response.write(half, () => response.socket?.end());
  });
  const closed = new Promise<void>((resolve) => answer.onClose(resolve));
  const came: Buffer[] = [];
  await t.rejects(async () => {
    for await (const bytes of answer.body) {
      came.push(Buffer.from(bytes));
    }
  });
  t.ok(Buffer.concat(came).equals(half));
  await closed;
});
