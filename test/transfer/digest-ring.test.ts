import fc from "fast-check";
import t from "tap";
import { RingReader, RingWriter, ringBytes } from "../../src/transfer/digest-ring.ts";

const piece = fc.integer({ min: 0, max: ringBytes + 1000 });

t.test("every reader gets all bytes in their order, in whatever turns", (t) => {
  const turns = fc.array(
    fc.oneof(
      piece.map((size) => ({ size })),
      fc.record({ reader: fc.nat(2), slices: fc.nat(40) }),
    ),
    {
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(turns, (turns) => {
      const writer = new RingWriter(3);
      const readers = [0, 1, 2].map((index) => new RingReader(writer.memory, index));
      const counts = [0, 0, 0];
      let written = 0;
      const take = (index: number): boolean =>
        readers[index]?.take((bytes) => {
          for (const at of [0, bytes.length - 1]) {
            if (bytes[at] !== ((counts[index] ?? 0) + at) % 251) {
              throw new Error(`byte ${counts[index]} + ${at} of reader ${index}`);
            }
          }
          counts[index] = (counts[index] ?? 0) + bytes.length;
        }) ?? false;
      for (const turn of turns) {
        if ("size" in turn) {
          written += writer.write(Uint8Array.from({ length: turn.size }, (_, at) => (written + at) % 251));
        } else {
          for (let slice = 0; slice < turn.slices && take(turn.reader); slice += 1);
        }
        if (Math.max(...counts.map((count) => written - count)) > ringBytes) {
          throw new Error("the ring ran over");
        }
      }
      for (const index of [0, 1, 2]) {
        while (take(index));
      }
      return counts.every((count) => count === written);
    }),
    { numRuns: 40 },
  );
  t.end();
});

t.test("a writer that waits is told by the last reader that makes room", (t) => {
  const writer = new RingWriter(2);
  const [one, other] = [new RingReader(writer.memory, 0), new RingReader(writer.memory, 1)];
  t.equal(writer.write(new Uint8Array(2 * ringBytes)), ringBytes);
  t.notOk(writer.hasRoom());
  const half = (reader: RingReader): boolean => {
    while (reader.take(() => {})) {
      if (reader.frees()) {
        return true;
      }
    }
    return false;
  };
  t.ok(half(one));
  t.notOk(writer.hasRoom(), "the other has taken nothing");
  t.ok(half(other));
  t.ok(writer.hasRoom());
  t.end();
});

t.test("a reader sleeps only while there is nothing, and is woken once", (t) => {
  const writer = new RingWriter(1);
  const reader = new RingReader(writer.memory, 0);
  t.notOk(writer.wakes(0), "it is awake at first");
  t.ok(reader.sleeps());
  writer.write(new Uint8Array(1));
  t.ok(writer.wakes(0));
  t.notOk(writer.wakes(0));
  t.notOk(reader.sleeps());
  t.end();
});
