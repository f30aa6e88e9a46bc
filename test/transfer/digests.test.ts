import { createHash } from "node:crypto";
import { once } from "node:events";
import fc from "fast-check";
import t, { type Test } from "tap";
import { Digests } from "../../src/transfer/digest.ts";
import { DigestPool } from "../../src/transfer/digest-pool.ts";

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const algorithms = ["md5", "sha256", "sha512"];

/** Bytes that differ from one place to another. */
function noise(size: number): Buffer {
  return Buffer.from(Uint32Array.from({ length: size / 4 + 1 }, (_, at) => at * 2654435761).buffer).subarray(
    0,
    size,
  );
}

const bytes = noise(5 * mebibyte);

function poolOf(t: Test, max: number, idleMs = 3_600_000): DigestPool {
  const pool = new DigestPool(max, idleMs);
  t.teardown(() => pool.stop());
  return pool;
}

function expected(algorithm: string, size = bytes.length): string {
  return createHash(algorithm).update(bytes.subarray(0, size)).digest("hex");
}

for (const threads of [0, 1, 2]) {
  t.test(`digests are right for all sizes and chunks, with ${threads} threads`, async (t) => {
    const pool = poolOf(t, threads);
    const sizes = fc.oneof(
      fc.constantFrom(0, 1, 256 * kibibyte, 256 * kibibyte + 1, mebibyte, mebibyte + 1, bytes.length),
      fc.nat(bytes.length),
    );
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(fc.integer({ min: 1, max: 2 * mebibyte })), async (size, some) => {
        // A large one among them: byte by byte alone, 5 MiB took minutes.
        const chunks = [...some, 256 * kibibyte];
        const digests = new Digests(algorithms, pool);
        const memory = Buffer.alloc(2 * mebibyte);
        for (let at = 0, turn = 0; at < size; turn += 1) {
          const chunk = bytes.subarray(at, Math.min(size, at + (chunks[turn % chunks.length] ?? 1)));
          at += chunk.length;
          memory.set(chunk);
          await digests.update(memory.subarray(0, chunk.length));
          memory.fill(0, 0, chunk.length);
        }
        const values = await Promise.all(algorithms.map((algorithm) => digests.value(algorithm)));
        digests.close();
        t.same(
          [digests.size, ...values],
          [size, ...algorithms.map((algorithm) => expected(algorithm, size))],
        );
        t.equal(pool.load, 0);
      }),
      { numRuns: 12 },
    );
    t.ok(pool.size <= threads);
  });
}

t.test("a few bytes need no thread", async (t) => {
  const pool = poolOf(t, 1);
  const digests = new Digests(["md5"], pool);
  await digests.update(bytes.subarray(0, 256 * kibibyte));
  t.equal(await digests.value("md5"), expected("md5", 256 * kibibyte));
  digests.close();
  t.equal(pool.size, 0);
});

t.test("a thread that ends before it has begun is done without", async (t) => {
  const pool = poolOf(t, 1);
  for (const isAsked of [false, true]) {
    const digests = new Digests(algorithms, pool);
    await digests.update(bytes.subarray(0, mebibyte));
    const early = isAsked ? digests.value("md5") : undefined;
    // A thread does not run before this turn of the event loop has ended.
    await pool.stop();
    if (early === undefined) {
      await digests.update(bytes.subarray(mebibyte));
    }
    t.equal(await (early ?? digests.value("md5")), expected("md5", early && mebibyte));
    digests.close();
  }
});

t.test("a thread that ends midway fails what it worked at, and nothing else", async (t) => {
  const pool = poolOf(t, 1);
  const asked = new Digests(["sha512"], pool);
  // All but the last MiB was taken when this returns.
  await asked.update(bytes);
  await pool.stop();
  await t.rejects(asked.value("sha512"), { message: "the thread of digests has ended" });

  const going = new Digests(["sha512"], pool);
  await going.update(bytes);
  await pool.stop();
  await t.rejects(going.update(bytes), { message: "the thread of digests has ended" });

  const next = new Digests(["sha512"], pool);
  await next.update(bytes);
  t.equal(await next.value("sha512"), expected("sha512"));
  for (const digests of [asked, going, next]) {
    digests.close();
  }
  t.equal(pool.load, 0);
});

t.test("what is left unfinished gives its thread free, and a thread without work ends", async (t) => {
  const pool = poolOf(t, 2, 1);
  const digests = new Digests(algorithms, pool);
  await digests.update(bytes);
  t.equal(pool.load, 3);
  digests.close();
  t.equal(pool.load, 0);
  await t.rejects(digests.value("md5"), { message: "the digest was left" });
  while (pool.size > 0) {
    await once(AbortSignal.timeout(1), "abort");
  }
});
