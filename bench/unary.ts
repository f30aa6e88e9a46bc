// What Oaktree adds to a read of one object: one flavor of the sandbox's Nova, asked for directly with a token at hand
// and through Oaktree in each protocol.
import { parse } from "yaml";
import { ComputeService } from "../src/gen/oaktree/v1/compute_pb.js";
import { Upstream } from "../test/support/upstream.ts";
import { latencies, throughput } from "./support/load.ts";
import { type BenchOptions, median, medianRatio, percentile, type Row } from "./support/measure.ts";
import { OaktreeProcess, SandboxProcess } from "./support/processes.ts";
import { readyCall, readyGet } from "./support/rpc.ts";

/** Latency, throughput and CPU of a read, in turns. */
export async function run({ full }: BenchOptions): Promise<Row[]> {
  const rounds = full ? 15 : 5;
  const single = full ? 1000 : 300;
  const many = full ? 8000 : 2000;
  const sandbox = await SandboxProcess.start();
  const oaktree = await OaktreeProcess.start(sandbox.cloudsYaml);
  try {
    const { clouds } = parse(sandbox.cloudsYaml) as {
      clouds: { demo: Parameters<typeof Upstream.login>[0] };
    };
    const upstream = await Upstream.login(clouds.demo);
    const [flavor] = await upstream.list("compute", "/flavors");
    const id = String(flavor?.id);
    const request = { nameOrId: id };
    const ways = [
      { name: "direct", call: readyGet(`${upstream.endpoint("compute")}/flavors/${id}`, upstream.headers) },
      ...(["JSON", "gRPC-Web", "gRPC"] as const).map((way) => ({
        name: `Oaktree, ${way}`,
        call: readyCall(oaktree.url, way, ComputeService.method.getFlavor, request),
      })),
    ];
    const seen = ways.map(() => ({
      p50: [] as number[],
      p99: [] as number[],
      rate: [] as number[],
      cpu: [] as number[],
    }));
    for (let round = 0; round <= rounds; round++) {
      for (const [index, { call }] of ways.entries()) {
        const times = await latencies(call, single);
        const before = await oaktree.cpuSeconds();
        const rate = await throughput(call, many);
        const cpu = ((await oaktree.cpuSeconds()) - before) / many;
        // The first round warms up.
        if (round > 0) {
          seen[index]?.p50.push(percentile(times, 50));
          seen[index]?.p99.push(percentile(times, 99));
          seen[index]?.rate.push(rate);
          seen[index]?.cpu.push(cpu * 1e6);
        }
      }
    }
    await Promise.all(ways.map(({ call }) => call.close()));
    const [direct] = seen;
    return ways.map(({ name }, index) => {
      const { p50 = [], p99 = [], rate = [], cpu = [] } = seen[index] ?? {};
      return {
        name,
        figures: {
          "p50 ms": median(p50),
          "added at p50, ms": median(p50.map((time, round) => time - (direct?.p50[round] ?? time))),
          "p99 ms": median(p99),
          "calls/s, 16 in flight": median(rate),
          "ratio of calls/s": medianRatio(rate, direct?.rate ?? []),
          "Oaktree's CPU, µs a call": median(cpu),
        },
      };
    });
  } finally {
    await oaktree.stop();
    await sandbox.stop();
  }
}
