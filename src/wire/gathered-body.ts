import type { Readable } from "node:stream";
import { errors } from "undici";
import { SlotQueue } from "./slot-queue.ts";

/**
 * Gathers what a stream brings in one turn of the event loop. TLS brings records of 16
 * KiB, and handing on one of them costs several times what moving it does.
 */
export function gathered(body: Readable): SlotQueue {
  /** Bytes that are in the queue's room and not handed on. */
  let at = 0;
  let isDue = false;
  /** What found no room; a stream that is paused at its last piece ends all the same. */
  let rest: Buffer | undefined;
  let hasEnded = false;
  const handOn = (): void => {
    if (at > 0) {
      queue.put(0, at);
      at = 0;
    }
  };
  const take = (bytes: Buffer): boolean => {
    let from = 0;
    while (from < bytes.length && !queue.isFull) {
      const copied = bytes.copy(queue.room, at, from);
      at += copied;
      from += copied;
      if (at === queue.room.length) {
        handOn();
      }
    }
    rest = from < bytes.length ? bytes.subarray(from) : undefined;
    if (!isDue) {
      isDue = true;
      setImmediate(() => {
        isDue = false;
        handOn();
      });
    }
    return queue.mayGoOn(from);
  };
  const finish = (): void => {
    if (hasEnded && rest === undefined) {
      handOn();
      queue.end();
    }
  };
  const fail = (error: Error): void => {
    if (!hasEnded) {
      handOn();
      queue.fail(error);
    }
  };
  const queue = new SlotQueue({
    resume: () => {
      if (rest === undefined || take(rest)) {
        body.resume();
      }
      finish();
    },
    close: () => void body.destroy(),
  });
  body.on("data", (bytes: Buffer) => {
    if (!take(bytes)) {
      body.pause();
    }
  });
  body.on("end", () => {
    hasEnded = true;
    finish();
  });
  body.on("error", fail);
  body.on("close", () => fail(new errors.SocketError("other side closed")));
  return queue;
}
