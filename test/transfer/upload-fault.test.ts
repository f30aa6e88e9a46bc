import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import { CheckedSource } from "../../src/transfer/checked-source.ts";
import { uploadFault } from "../../src/transfer/upload-fault.ts";
import { Slot } from "../../src/wire/passing-bytes.ts";
import { fault } from "../support/fake-region.ts";

async function* two() {
  yield Buffer.from("ab");
  yield Buffer.from("c");
}

const lost = new Fault("OUTCOME_UNKNOWN", "the answer to a change was lost");
const nothing = { md5: "", sha256: "" };

t.test("a cloud that is lost before the last byte has stored nothing", async (t) => {
  const source = new CheckedSource(two(), { ...nothing, sizeBytes: 3n }, "md5");
  await source[Symbol.asyncIterator]().next();
  t.match(uploadFault(lost, source), { reason: "UPSTREAM_UNAVAILABLE" });
});

t.test("one that is lost after it may have", async (t) => {
  const source = new CheckedSource(two(), { ...nothing, sizeBytes: 3n }, "md5");
  for await (const _ of source) {
    // Handed on.
  }
  t.equal(uploadFault(lost, source), lost);
});

t.test("the last chunk is held back until the digest is right", async (t) => {
  const source = new CheckedSource(two(), { ...nothing, sizeBytes: 3n, md5: "0".repeat(32) }, "md5");
  const seen: string[] = [];
  const read = async () => {
    for await (const chunk of source) {
      seen.push(chunk.toString());
    }
  };
  await t.rejects(read(), fault("DATA_MISMATCH"));
  t.equal(seen.length, 1);
  t.match(uploadFault(lost, source), { reason: "DATA_MISMATCH" });
});

t.test("and its memory is kept meanwhile", async (t) => {
  const slot = new Slot(1, () => undefined);
  const free: boolean[] = [];
  const source = async function* () {
    yield slot.bytes;
    free.push(slot.free);
  };
  for await (const _ of new CheckedSource(source(), { ...nothing, sizeBytes: 1n }, "md5")) {
    free.push(slot.free);
  }
  t.same([...free, slot.free], [false, false, true]);
});
