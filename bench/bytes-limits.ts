// What moving bytes does to everything else: memory with slow callers and with many, speed over a long line, and how
// long others wait meanwhile.
import { setTimeout as pause } from "node:timers/promises";
import { openStage, started } from "./support/byte-stage.ts";
import { imageId } from "./support/canned-glance.ts";
import { type BenchOptions, percentile, type Row } from "./support/measure.ts";
import { download, get, type Protocol, upload } from "./support/wire/image-bytes.ts";
import { Pace } from "./support/wire/pace.ts";

const mebibyte = 1024 * 1024;
const slow = 10_000_000;

/** Runs each in turn, with a server of its own. `BENCH_ONLY` chooses some by a pattern. */
export async function run({ full }: BenchOptions): Promise<Row[]> {
  const paced = { pace: new Pace(slow) };
  const long = full ? 10_240 : 512;
  const many = full ? 64 : 8;
  const cases: Readonly<Record<string, () => Promise<Row[]>>> = {
    "down, a reader of 10 MB/s": () =>
      memory(1, full ? 512 : 32, (port, size) => download(port, "gRPC", size, { pace: new Pace(slow) })),
    "up, a writer of 10 MB/s": () =>
      memory(1, full ? 512 : 32, (port, size) => upload(port, "gRPC", size, { pace: new Pace(slow) })),
    "down, 64 readers of 10 MB/s together": () =>
      memory(64, many, (port, size) => download(port, "gRPC", size, paced)),
    "up, 64 writers of 10 MB/s together": () =>
      memory(64, many, (port, size) => upload(port, "gRPC", size, paced)),
    "down, 64 at full speed": () => memory(64, many, (port, size) => download(port, "gRPC", size)),
    "up, 64 at full speed": () => memory(64, many, (port, size) => upload(port, "gRPC", size)),
    [`down, ${long} MiB in one stream`]: () => memory(1, long, (port, size) => download(port, "gRPC", size)),
    [`up, ${long} MiB in one stream`]: () => memory(1, long, (port, size) => upload(port, "gRPC", size)),
    "up, over 50 ms of round trip": () => distance(full ? 2048 : 512),
    "a unary call beside 8 transfers": () => fairness(full ? 1024 : 256),
  };
  const only = new RegExp(process.env.BENCH_ONLY ?? "");
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(cases)) {
    if (only.test(name)) {
      rows.push(...(await measure()).map((row) => ({ ...row, name: name + row.name })));
    }
  }
  return rows;
}

async function memory(
  number: number,
  mib: number,
  move: (port: number, size: number) => Promise<void>,
): Promise<Row[]> {
  const size = mib * mebibyte;
  const stage = await openStage(size);
  try {
    // What is loaded and compiled at first use is not the transfer's.
    await move(stage.port, Math.min(size, 16 * mebibyte)).catch(() => undefined);
    const before = (await stage.oaktree.memory()).now;
    const began = performance.now();
    await Promise.all(Array.from({ length: number }, () => move(stage.port, size)));
    const seconds = (performance.now() - began) / 1000;
    const { peak } = await stage.oaktree.memory();
    return [
      {
        name: "",
        figures: {
          "MB/s": (size * number) / 1e6 / seconds,
          "MiB at rest": before,
          "peak MiB": peak,
          "MiB a transfer": (peak - before) / number,
        },
      },
    ];
  } finally {
    await stage.close();
  }
}

async function distance(mib: number): Promise<Row[]> {
  const size = mib * mebibyte;
  const stage = await openStage(size);
  const [line, port] = await started<number>("delay-server.ts", `${stage.port} 25`);
  try {
    await upload(port, "gRPC", 64 * mebibyte);
    const began = performance.now();
    await upload(port, "gRPC", size);
    const seconds = (performance.now() - began) / 1000;
    return [{ name: "", figures: { "MB/s": size / 1e6 / seconds, "MiB/s": mib / seconds } }];
  } finally {
    await Promise.all([line.stop(), stage.close()]);
  }
}

async function fairness(mib: number): Promise<Row[]> {
  const size = mib * mebibyte;
  const stage = await openStage(size);
  const [prober] = await started<string>("prober.ts", `http://127.0.0.1:${stage.port}`);
  const probed = async (name: string, work: () => Promise<unknown>, bytes: number): Promise<Row> => {
    stage.oaktree.tell("begin");
    prober.tell("begin");
    const began = performance.now();
    await work();
    const seconds = (performance.now() - began) / 1000;
    const times = await prober.ask<number[]>("end");
    const turn = await stage.oaktree.ask<number>("end");
    const figures = {
      "CPU ms of a turn": turn,
      "p50 ms": percentile(times, 50),
      "p99 ms": percentile(times, 99),
      calls: times.length,
    };
    return { name, figures: { ...(bytes > 0 && { "MB/s": bytes / 1e6 / seconds }), ...figures } };
  };
  try {
    const path = `/v2/images/${imageId}/file`;
    const eight = (move: () => Promise<void>) => () => Promise.all(Array.from({ length: 8 }, move));
    const rows = [
      await probed(" nothing", () => pause(2000), 0),
      // What the machine does to a caller when the bytes pass Oaktree by.
      await probed(
        " direct downloads",
        eight(async () => {
          for (let turn = 0; turn < 4; turn += 1) {
            await get(stage.nginx.port, path, size);
          }
        }),
        32 * size,
      ),
    ];
    for (const [name, move] of [
      ["down", (way: Protocol) => download(stage.port, way, size)],
      ["up", (way: Protocol) => upload(stage.port, way, size)],
    ] as const) {
      for (const way of ["gRPC", "Connect"] as const) {
        rows.push(
          await probed(
            ` ${name}, ${way}`,
            eight(() => move(way)),
            8 * size,
          ),
        );
      }
    }
    return rows;
  } finally {
    await Promise.all([prober.stop(), stage.close()]);
  }
}
