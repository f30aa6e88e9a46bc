// The memory in which an upload waits for its cloud.
import fc from "fast-check";
import t from "tap";
import { RequestMemory } from "../../src/server/request-memory.ts";
import { hold } from "../../src/wire/passing-bytes.ts";
import { pattern } from "../transfer/pipelines.ts";

const kibibyte = 1024;

t.test("gives what was put into it, and leaves alone what is held", async () => {
  const step = fc.record({
    put: fc.array(fc.nat(100 * kibibyte), { maxLength: 8 }),
    take: fc.nat(4),
    drop: fc.nat(4),
  });
  const all = pattern(20 * 8 * 100 * kibibyte, 1);
  await fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const memory = new RequestMemory();
      const held: { bytes: Uint8Array; at: number; release: () => void }[] = [];
      let put = 0;
      let taken = 0;
      for (const step of steps) {
        for (const size of step.put) {
          memory.put(all.subarray(put, put + size));
          put += size;
        }
        for (let times = 0; times < step.take; times += 1) {
          const piece = memory.take();
          if (piece !== undefined) {
            const release = hold(piece.bytes);
            piece.release();
            held.push({ bytes: piece.bytes, at: taken, release });
            taken += piece.bytes.length;
          }
        }
        if (memory.bytes !== put - taken) {
          return false;
        }
        for (const { bytes, at } of held) {
          if (all.compare(bytes, 0, bytes.length, at, at + bytes.length) !== 0) {
            return false;
          }
        }
        for (const { release } of held.splice(0, step.drop)) {
          release();
        }
      }
      return true;
    }),
    { numRuns: 50 },
  );
});

t.test("uses the same memory again", (t) => {
  const memory = new RequestMemory();
  const buffers = new Set<ArrayBufferLike>();
  const held: (() => void)[] = [];
  for (let times = 0; times < 1000; times += 1) {
    memory.put(pattern(64 * kibibyte, times));
    const piece = memory.take();
    if (piece !== undefined) {
      buffers.add(piece.bytes.buffer);
      held.push(piece.release);
    }
    // 1 MiB is on its way.
    if (held.length === 16) {
      held.shift()?.();
    }
  }
  t.ok(buffers.size > 0 && buffers.size <= 6, `${buffers.size} buffers`);
  t.end();
});

t.test("and the warm part of it first where nothing is held", (t) => {
  const memory = new RequestMemory();
  const starts = new Set<number>();
  for (let times = 0; times < 10; times += 1) {
    memory.put(pattern(64 * kibibyte, times));
    const piece = memory.take();
    starts.add(piece?.bytes.byteOffset ?? -1);
    piece?.release();
  }
  t.same([...starts], [0]);
  t.end();
});

t.test("puts together what waits, up to 256 KiB", (t) => {
  const memory = new RequestMemory();
  for (let times = 0; times < 20; times += 1) {
    memory.put(pattern(16 * kibibyte, times));
  }
  t.equal(memory.take()?.bytes.length, 256 * kibibyte);
  t.equal(memory.take()?.bytes.length, 64 * kibibyte);
  t.equal(memory.take(), undefined);
  t.end();
});

t.test("gives back at once what a few spare buffers do not need", (t) => {
  const memory = new RequestMemory();
  const pieces = Array.from({ length: 20 }, (_, number) => {
    memory.put(pattern(256 * kibibyte, number));
    return memory.take();
  });
  // While there is room in it, the last one is filled on.
  memory.put(pattern(1, 1));
  for (const piece of pieces) {
    piece?.release();
  }
  t.equal(pieces.filter((piece) => piece?.bytes.length === 0).length, 14);
  t.end();
});

t.test("is given back when all has passed, but for what is held", (t) => {
  const memory = new RequestMemory();
  memory.put(pattern(300 * kibibyte, 1));
  const pieces = [memory.take(), memory.take()];
  pieces[0]?.release();
  memory.close();
  t.same(
    pieces.map((piece) => piece?.bytes.length),
    [0, 44 * kibibyte],
  );
  pieces[1]?.release();
  t.equal(pieces[1]?.bytes.length, 0);
  t.end();
});
