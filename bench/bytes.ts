// What it costs to move the bytes of images through Oaktree: down and up, beside a Node server that does nothing but
// pipe them, a proxy, and the upstream itself, a bare nginx. BENCH_TLS=1 has them come and go over TLS, as they do with
// most clouds; only what is direct stays clear.
import { openStage, started } from "./support/byte-stage.ts";
import { imageId } from "./support/canned-glance.ts";
import type { BenchOptions, Row } from "./support/measure.ts";
import { OaktreeProcess } from "./support/processes.ts";
import { compare, type Way } from "./support/ways.ts";
import { download, upload } from "./support/wire/image-bytes.ts";
import { get, put } from "./support/wire/plain-bytes.ts";
import type { Protocol } from "./support/wire/streams.ts";

const mebibyte = 1024 * 1024;
const protocols: readonly Protocol[] = ["gRPC", "gRPC-Web", "Connect"];

/** Downloads and uploads in turns. */
export async function run({ full }: BenchOptions): Promise<Row[]> {
  const size = Number(process.env.BENCH_MIB ?? (full ? 2048 : 512)) * mebibyte;
  const rounds = Number(process.env.BENCH_ROUNDS ?? (full ? 11 : 5));
  const stage = await openStage(size);
  const { nginx, port } = stage;
  const [pipe, ports] = await started<[number, number]>("bare-pipe.ts", stage.origin);
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
    const turns = { size, rounds, first: "the bare pipe" };
    return [
      ...(await compare(ways("down", get, download), turns)),
      ...(await compare(ways("up", put, upload), turns)),
    ];
  } finally {
    await Promise.all([pipe.stop(), whole.stop(), stage.close()]);
  }
}
