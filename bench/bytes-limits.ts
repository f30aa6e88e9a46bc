// What moving bytes takes: memory with slow callers and with many, and speed over a long line.
import { openStage, started } from "./support/byte-stage.ts";
import type { BenchOptions, Row } from "./support/measure.ts";
import { download, upload } from "./support/wire/image-bytes.ts";
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
