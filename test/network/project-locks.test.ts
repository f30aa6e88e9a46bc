import t from "tap";
import type { CallScope } from "../../src/cloud/region.ts";
import { ProjectLocks } from "../../src/network/project-locks.ts";
import { fault } from "../support/fake-region.ts";

function scope(signal = new AbortController().signal): CallScope {
  return { signal, requestId: "req-test" };
}

t.test("one call at a time, in the order in which they came", async (t) => {
  const locks = new ProjectLocks();
  const seen: string[] = [];
  const work = (name: string) => async () => {
    seen.push(`${name} in`);
    await Promise.resolve();
    await Promise.resolve();
    seen.push(`${name} out`);
    return name;
  };
  const done = await Promise.all(["a", "b", "c"].map((name) => locks.hold("p", scope(), work(name))));
  t.strictSame(done, ["a", "b", "c"]);
  t.strictSame(seen, ["a in", "a out", "b in", "b out", "c in", "c out"]);
});

t.test("projects do not wait for each other", async (t) => {
  const locks = new ProjectLocks();
  const first = Promise.withResolvers<void>();
  const held = locks.hold("p", scope(), () => first.promise);
  t.equal(await locks.hold("q", scope(), async () => "done"), "done");
  first.resolve();
  await held;
});

t.test("an error passes the lock on", async (t) => {
  const locks = new ProjectLocks();
  await t.rejects(
    locks.hold("p", scope(), () => Promise.reject(new Error("no"))),
    { message: "no" },
  );
  t.equal(await locks.hold("p", scope(), async () => "done"), "done");
});

t.test("who leaves the queue neither works nor lets others pass the holder", async (t) => {
  const locks = new ProjectLocks();
  const holder = Promise.withResolvers<void>();
  const leaver = new AbortController();
  const seen: string[] = [];
  const held = locks.hold("p", scope(), () => holder.promise);
  const left = locks.hold("p", scope(leaver.signal), async () => {
    seen.push("left");
  });
  const last = locks.hold("p", scope(), async () => {
    seen.push("last");
  });
  leaver.abort();
  await t.rejects(left, fault("CANCELLED"));
  t.strictSame(seen, []);
  holder.resolve();
  await Promise.all([held, last]);
  t.strictSame(seen, ["last"]);
});

t.test("a full queue asks to come again", async (t) => {
  const locks = new ProjectLocks();
  const holder = Promise.withResolvers<void>();
  const waiting = Array.from({ length: 1000 }, () => locks.hold("p", scope(), () => holder.promise));
  await t.rejects(
    locks.hold("p", scope(), async () => "late"),
    fault("RATE_LIMITED"),
  );
  holder.resolve();
  await Promise.all(waiting);
  t.equal(await locks.hold("p", scope(), async () => "done"), "done");
});
