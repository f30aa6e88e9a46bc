import t from "tap";
import { SharedPoll } from "../../src/watch/shared-poll.ts";

type Poll = (
  ids: ReadonlySet<string>,
  source: string,
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, number>>;
const signal = new AbortController().signal;

function shared(poll: Poll, onIdle = () => {}) {
  return new SharedPoll<number, string>({
    poll,
    interval: () => 0,
    retryAfter: (error) => (error === "later" ? 0 : undefined),
    onIdle,
  });
}

t.test("a slow watcher sees the newest item and misses those between", async (t) => {
  let count = 0;
  let release = () => {};
  const tenth = new Promise<void>((resolve) => {
    release = resolve;
  });
  const poll = shared(async () => {
    if (++count === 10) release();
    return new Map([["a", count]]);
  });
  const watch = poll.watch("a", "s", signal);
  const { value: first } = await watch.next();
  await tenth;
  const { value: second } = await watch.next();
  t.equal(first, 1);
  t.ok(second >= 9, `${second}`);
  await watch.return(undefined as never);
});

t.test("the poll ends with the last watcher and starts anew with the next one", async (t) => {
  let idle = 0;
  const poll = shared(
    async () => new Map([["a", 1]]),
    () => idle++,
  );
  for (const round of [1, 2]) {
    const watch = poll.watch("a", "s", signal);
    await watch.next();
    await watch.return(undefined as never);
    t.equal(idle, round);
  }
});

t.test("an error without a way out ends only the watch whose source met it", async (t) => {
  const poll = shared(async (_ids, source) => {
    if (source === "revoked") throw new Error("401");
    return new Map([
      ["a", 1],
      ["b", 2],
    ]);
  });
  const good = poll.watch("a", "good", signal);
  const first = good.next();
  const bad = poll.watch("b", "revoked", signal).next();
  await t.rejects(bad, { message: "401" });
  t.equal((await first).value, 1);
  t.equal((await good.next()).value, 1);
  await good.return(undefined as never);
});

t.test("an error that passes is waited out", async (t) => {
  let count = 0;
  const poll = shared(() =>
    ++count < 3 ? Promise.reject("later") : Promise.resolve(new Map([["a", count]])),
  );
  const watch = poll.watch("a", "s", signal);
  t.equal((await watch.next()).value, 3);
  await watch.return(undefined as never);
});

t.test("an aborted signal ends the watch with its reason", async (t) => {
  const controller = new AbortController();
  const watch = shared(async () => new Map()).watch("a", "s", controller.signal);
  const next = watch.next();
  controller.abort(new Error("enough"));
  await t.rejects(next, { message: "enough" });
});
