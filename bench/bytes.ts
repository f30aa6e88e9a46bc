// What it costs to move the bytes of images through Oaktree: down and up, beside a Node server that does nothing but
// pipe them, a proxy, and the upstream itself, a bare nginx.
import { openStage, started } from "./support/byte-stage.ts";
import { imageId } from "./support/canned-glance.ts";
import { type BenchOptions, median, medianRatio, percentile, type Row } from "./support/measure.ts";
import { type MeasuredProcess, OaktreeProcess } from "./support/processes.ts";
import { download, get, type Protocol, put, upload } from "./support/wire/image-bytes.ts";

const mebibyte = 1024 * 1024;
const protocols: readonly Protocol[] = ["gRPC", "gRPC-Web", "Connect"];

/** A way to move bytes. */
interface Way {
  readonly name: string;
  readonly process: MeasuredProcess;
  readonly move: () => Promise<void>;
}

/** Downloads and uploads in turns. */
export async function run({ full }: BenchOptions): Promise<Row[]> {
  const size = Number(process.env.BENCH_MIB ?? (full ? 2048 : 512)) * mebibyte;
  const rounds = Number(process.env.BENCH_ROUNDS ?? (full ? 11 : 5));
  const stage = await openStage(size);
  const { nginx, port } = stage;
  const [pipe, ports] = await started<[number, number]>("bare-pipe.ts", `http://127.0.0.1:${nginx.port}`);
  const whole = await OaktreeProcess.start(stage.cloudsYaml);
  const wholePort = Number(new URL(whole.url).port);
  const path = `/v2/images/${imageId}/file`;
  try {
    const ways = (direction: string, plain: typeof get, rpc: typeof download): Way[] => [
      { name: `${direction}: bare pipe`, process: pipe, move: () => plain(ports[0], path, size) },
      { name: `${direction}: http-proxy`, process: pipe, move: () => plain(ports[1], path, size) },
      { name: `${direction}: direct`, process: nginx, move: () => plain(nginx.port, path, size) },
      ...protocols.map((protocol) => ({
        name: `${direction}: Oaktree, ${protocol}`,
        process: stage.oaktree,
        move: () => rpc(port, protocol, size),
      })),
      {
        name: `${direction}: Oaktree, gRPC, with digest`,
        process: whole,
        move: () => rpc(wholePort, "gRPC", size),
      },
    ];
    return [
      ...(await compare(ways("down", get, download), size, rounds)),
      ...(await compare(ways("up", put, upload), size, rounds)),
    ];
  } finally {
    await Promise.all([pipe.stop(), whole.stop(), stage.close()]);
  }
}

async function compare(ways: readonly Way[], size: number, rounds: number): Promise<Row[]> {
  const seen = ways.map(() => ({ rate: [] as number[], cpu: [] as number[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [index, way] of ways.entries()) {
      const before = await way.process.cpuSeconds();
      const began = performance.now();
      await way.move();
      const seconds = (performance.now() - began) / 1000;
      // The first round warms up.
      if (round > 0) {
        seen[index]?.rate.push(size / 1e6 / seconds);
        seen[index]?.cpu.push(((await way.process.cpuSeconds()) - before) / (size / 1e9));
      }
    }
  }
  const [base] = seen;
  return await Promise.all(
    ways.map(async ({ name, process }, index) => {
      const { rate = [], cpu = [] } = seen[index] ?? {};
      const ratios = rate.map((value, round) => value / (base?.rate[round] ?? value));
      return {
        name,
        figures: {
          "MB/s": median(rate),
          "to the bare pipe": medianRatio(rate, base?.rate ?? []),
          p10: percentile(ratios, 10),
          p90: percentile(ratios, 90),
          "CPU s/GB": median(cpu),
          "peak MiB": (await process.memory()).peak,
        },
      };
    }),
  );
}
