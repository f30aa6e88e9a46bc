// What moving bytes takes: memory with slow callers and with many, and speed over a long line.
import { openStage, started } from "./support/byte-stage.ts";
import type { BenchOptions, Row } from "./support/measure.ts";
import { download, upload } from "./support/wire/image-bytes.ts";
import { Pace } from "./support/wire/pace.ts";

const mebibyte = 1024 * 1024;
const slow = 10_000_000;

/** Runs each in turn, with a server of its own. `BENCH_ONLY` chooses some by a pattern. */
export async function run({ full }: BenchOptions): Promise<Row[]> {
  const long = full ? 10_240 : 512;
  const longSlow = full ? 10_240 : 32;
  const single = full ? 512 : 32;
  const many = { number: 64, mib: full ? 64 : 8 };
  const cases: Readonly<Record<string, () => Promise<Row[]>>> = {
    "down, a reader of 10 MB/s": () => memory(down, { mib: single, pace: slow }),
    "up, a writer of 10 MB/s": () => memory(up, { mib: single, pace: slow }),
    "up, a cloud of 10 MB/s": () => memory(up, { mib: single, cloudPace: slow }),
    [`${longSlow} MiB in one stream, 10 MB/s at the other end`]: () => slowAndLong(longSlow),
    "down, 64 readers of 10 MB/s together": () => memory(down, { ...many, pace: slow }),
    "up, 64 writers of 10 MB/s together": () => memory(up, { ...many, pace: slow }),
    "down, 64 at full speed": () => memory(down, many),
    "up, 64 at full speed": () => memory(up, many),
    [`down, ${long} MiB in one stream`]: () => memory(down, { mib: long }),
    [`up, ${long} MiB in one stream`]: () => memory(up, { mib: long }),
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

/** Moves bytes through the Oaktree that listens on a port. */
type Move = (port: number, size: number, pace?: Pace) => Promise<void>;

const down: Move = (port, size, pace) => download(port, "gRPC", size, pace && { pace });
const up: Move = (port, size, pace) => upload(port, "gRPC", size, pace && { pace });

/** What is moved: so many at once, of this size, and how many bytes a second callers together or the cloud take or give. */
interface Load {
  readonly number?: number;
  readonly mib: number;
  readonly pace?: number;
  readonly cloudPace?: number;
}

async function memory(move: Move, { number = 1, mib, pace, cloudPace }: Load): Promise<Row[]> {
  const size = mib * mebibyte;
  const stage = await openStage(size, cloudPace);
  try {
    // What is loaded and compiled at first use is not the transfer's. A download brings the whole image.
    await move(stage.port, Math.min(size, 16 * mebibyte)).catch(() => undefined);
    const before = (await stage.oaktree.memory()).now;
    const shared = pace === undefined ? undefined : new Pace(pace);
    const began = performance.now();
    await Promise.all(Array.from({ length: number }, () => move(stage.port, size, shared)));
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

/** Both ways at the same time, each with its own Oaktree, since it takes so long. */
async function slowAndLong(mib: number): Promise<Row[]> {
  const both = await Promise.all([memory(down, { mib, pace: slow }), memory(up, { mib, cloudPace: slow })]);
  return both.flatMap((rows, way) => rows.map((row) => ({ ...row, name: way === 0 ? ", down" : ", up" })));
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
