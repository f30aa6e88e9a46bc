// A thread that digests what others write into rings. It never blocks, so that one thread serves many rings.
import { createHash, type Hash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { RingReader } from "./digest-ring.ts";
import type { DigestOrder, DigestReport } from "./digest-thread.ts";

/** Slices of one ring before it is the turn of the next one. */
const slicesAtOnce = 4;

const port = parentPort;
const tasks = new Map<number, { readonly hash: Hash; readonly ring: RingReader }>();

port?.on("message", (order: DigestOrder) => {
  const { id } = order;
  if (order.kind === "begin") {
    tasks.set(id, { hash: createHash(order.algorithm), ring: new RingReader(order.memory, order.reader) });
    go(id);
  } else if (order.kind === "more") {
    go(id);
  } else if (order.kind === "end") {
    const task = tasks.get(id);
    while (task?.ring.take((bytes) => task.hash.update(bytes))) {
      // To the end: nothing more will come.
    }
    tasks.delete(id);
    report({ id, digest: task?.hash.digest("hex") ?? "" });
  } else {
    tasks.delete(id);
  }
});

function go(id: number): void {
  const task = tasks.get(id);
  if (task === undefined) {
    return;
  }
  const { hash, ring } = task;
  for (let slice = 0; slice < slicesAtOnce; slice += 1) {
    if (ring.take((bytes) => hash.update(bytes))) {
      if (ring.frees()) {
        report({ id });
      }
    } else if (ring.sleeps()) {
      return;
    }
  }
  setImmediate(() => go(id));
}

function report(what: DigestReport): void {
  port?.postMessage(what);
}
