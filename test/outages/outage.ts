import { globSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Test } from "tap";
import { openstackContract, type World } from "../support/worlds.ts";
import { mend, state } from "./daemon.ts";

/** Set by the runner, which runs these tests alone: they end services that others may be using. */
const isAlone = process.env.OAKTREE_TEST_OUTAGES === "1";

/** Runs a test that ends services of the real OpenStack, and starts them again after it. */
export function outage(title: string, body: (t: Test, world: World) => Promise<void>): void {
  if (isAlone) {
    openstackContract(title, async (t, world) => {
      t.teardown(mend);
      await body(t, world);
    });
  }
}

/** Waits until something holds; the test's own time limit ends it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    await pause(100);
  }
}

/** Connections of this process, in which the Oaktree is, to a port. */
export function openTo(endpoint: string): number {
  const port = Number(new URL(endpoint).port).toString(16).toUpperCase().padStart(4, "0");
  const own = new Set(
    readdirSync("/proc/self/fd").map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return "";
      }
    }),
  );
  return readFileSync("/proc/self/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[2]?.endsWith(`:${port}`) && own.has(`socket:[${fields[9]}]`)).length;
}

/** Where Glance keeps an image's bytes, whole or not. */
export function imageFile(id: string): string {
  return `${state}/glance/images/${id}`;
}

/** The files of objects that Swift has begun and not finished. */
export function halfObjects(): string[] {
  return globSync(`${state}/swift/devices/d1/tmp*/*`);
}

/** Pieces of 1 MiB, without end or up to so many; `at` is called before one of them is given. */
export async function* pieces(
  at: readonly [index: number, then: () => unknown],
  count = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index += 1) {
    if (index === at[0]) {
      await at[1]();
    }
    yield new Uint8Array(1024 * 1024).fill(index);
  }
}
