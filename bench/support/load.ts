import type { ReadyCall } from "./rpc.ts";

/** How long single calls take, one after the other, in milliseconds. */
export async function latencies(call: ReadyCall, number: number): Promise<number[]> {
  const times: number[] = [];
  for (let made = 0; made < number; made++) {
    const began = performance.now();
    await call.send();
    times.push(performance.now() - began);
  }
  return times;
}

/** How many calls a second come back with so many in flight. */
export async function throughput(call: ReadyCall, number: number, inFlight = 16): Promise<number> {
  const began = performance.now();
  let left = number;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) {
        await call.send();
      }
    }),
  );
  return (number * 1000) / (performance.now() - began);
}
