import t from "tap";
import type { CallScope } from "../../src/cloud/region.ts";
import { KeptRead } from "../../src/watch/kept-read.ts";
import { FakeRegion, fault } from "../support/fake-region.ts";

function scope(signal = new AbortController().signal): CallScope {
  return { signal, requestId: "req-test" };
}

const region = new FakeRegion(() => ({}));

t.test("all who ask at the same time, and soon after, share one read", async (t) => {
  let reads = 0;
  const kept = new KeptRead(60_000, async () => ++reads);
  t.strictSame(await Promise.all([1, 2, 3].map(() => kept.get(region, scope()))), [1, 1, 1]);
  t.equal(await kept.get(region, scope()), 1);
  kept.forget(region);
  t.equal(await kept.get(region, scope()), 2);
});

t.test("callers with other rights read for themselves", async (t) => {
  let reads = 0;
  const kept = new KeptRead(60_000, async () => ++reads);
  await kept.get(region, scope());
  t.equal(await kept.get(new FakeRegion(() => ({}), "other"), scope()), 2);
});

t.test("what is too old is read anew", async (t) => {
  let reads = 0;
  const kept = new KeptRead(0, async () => ++reads);
  await kept.get(region, scope());
  t.equal(await kept.get(region, scope()), 2);
});

t.test("errors are not kept", async (t) => {
  let reads = 0;
  const kept = new KeptRead(60_000, async () => {
    reads++;
    if (reads === 1) {
      throw new Error("broken");
    }
    return reads;
  });
  await t.rejects(kept.get(region, scope()), { message: "broken" });
  t.equal(await kept.get(region, scope()), 2);
});

t.test("a caller that leaves ends only its own wait", async (t) => {
  const answer = Promise.withResolvers<string>();
  const kept = new KeptRead(60_000, () => answer.promise);
  const leaver = new AbortController();
  const left = kept.get(region, scope(leaver.signal));
  const stays = kept.get(region, scope());
  leaver.abort();
  await t.rejects(left, fault("CANCELLED"));
  answer.resolve("done");
  t.equal(await stays, "done");
});
