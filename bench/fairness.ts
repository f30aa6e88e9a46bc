// How long a unary call waits beside eight transfers at full speed, and why. The load's clients and the upstream stand for
// other machines, so they leave the cores to Oaktree (nice 19; BENCH_NICE). BENCH_FIRST=1, for root, puts what is measured
// before all else on the machine.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { availableParallelism, setPriority } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { openStage, started } from "./support/byte-stage.ts";
import type { Load } from "./support/loader.ts";
import { type BenchOptions, percentile, type Row } from "./support/measure.ts";
import type { TurnFigures } from "./support/turns.ts";

const mebibyte = 1024 * 1024;

/** The call alone, beside others that want the cores, and beside transfers. `BENCH_ONLY` chooses some by a pattern. */
export async function run({ full }: BenchOptions): Promise<Row[]> {
  const size = Number(process.env.BENCH_MIB ?? (full ? 1024 : 256)) * mebibyte;
  const niceness = process.env.BENCH_NICE ?? "19";
  const only = new RegExp(process.env.BENCH_ONLY ?? "");
  const stage = await openStage(size);
  const [prober] = await started<string>("prober.ts", `http://127.0.0.1:${stage.port}`);
  const [loader] = await started<string>("loader.ts", niceness);
  setPriority(stage.nginx.pid, Number(niceness));
  if (process.env.BENCH_FIRST === "1") {
    for (const measured of [stage.oaktree, stage.glance, prober]) {
      // Linux shares the cores between sessions first (sched(7), autogroup), so niceness alone does nothing.
      writeFileSync(`/proc/${measured.pid}/autogroup`, "-20");
    }
  }
  const rows: Row[] = [];
  const probe = async (name: string, work: () => Promise<unknown>, bytes = 0): Promise<void> => {
    if (!only.test(name)) {
      return;
    }
    stage.oaktree.tell("begin");
    prober.tell("begin");
    const began = performance.now();
    await work();
    const seconds = (performance.now() - began) / 1000;
    const times = await prober.ask<number[]>("end");
    rows.push({
      name,
      figures: {
        ...(bytes > 0 && { "MB/s": bytes / 1e6 / seconds }),
        calls: times.length,
        "p50 ms": percentile(times, 50),
        "p99 ms": percentile(times, 99),
        ...(await stage.oaktree.ask<TurnFigures>("end")),
      },
    });
  };
  const move = (load: Pick<Load, "way" | "times"> & Partial<Load>) =>
    loader.ask({ port: stage.port, size, protocol: "gRPC", ...load });
  try {
    // What is loaded and compiled at first use is not what a call waits for.
    await move({ way: "down", times: 1 });
    await move({ way: "up", times: 1 });
    await probe("nothing", () => pause(3000));
    await probe("programs that want all cores", () => besideHogs(Number(niceness)));
    // What the machine does to a caller when the bytes pass Oaktree by.
    await probe(
      "8 direct downloads",
      () => move({ way: "direct", port: stage.nginx.port, times: 8 }),
      64 * size,
    );
    for (const way of ["down", "up"] as const) {
      for (const protocol of ["gRPC", "Connect"] as const) {
        await probe(`8 ${way}, ${protocol}`, () => move({ way, protocol, times: 2 }), 16 * size);
      }
    }
    return rows;
  } finally {
    await Promise.all([prober.stop(), loader.stop(), stage.close()]);
  }
}

/** One program for each core, that never waits for anything. */
async function besideHogs(niceness: number): Promise<void> {
  const hogs = Array.from({ length: availableParallelism() }, () => {
    const hog = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
    setPriority(hog.pid ?? 0, niceness);
    return hog;
  });
  await pause(3000);
  await Promise.all(
    hogs.map((hog) => {
      const ended = once(hog, "exit");
      hog.kill("SIGKILL");
      return ended;
    }),
  );
}
