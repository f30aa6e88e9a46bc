// How long an Oaktree takes until it listens, and the memory it holds when idle and after its first thousand calls.
import { ComputeService } from "../src/gen/oaktree/v1/compute_pb.js";
import { throughput } from "./support/load.ts";
import { type BenchOptions, median, type Row } from "./support/measure.ts";
import { OaktreeProcess, SandboxProcess } from "./support/processes.ts";
import { readyCall } from "./support/rpc.ts";

/** Starts some Oaktrees one after the other. */
export async function run({ full }: BenchOptions): Promise<Row[]> {
  const sandbox = await SandboxProcess.start();
  const seen = { start: [] as number[], cpu: [] as number[], idle: [] as number[], used: [] as number[] };
  try {
    for (let started = 0; started < (full ? 20 : 5); started++) {
      const oaktree = await OaktreeProcess.start(sandbox.cloudsYaml);
      seen.start.push(oaktree.startMs);
      seen.cpu.push((await oaktree.cpuSeconds()) * 1000);
      seen.idle.push((await oaktree.memory()).now);
      const call = readyCall(oaktree.url, "gRPC", ComputeService.method.listFlavors, {});
      await throughput(call, 1000);
      seen.used.push((await oaktree.memory()).now);
      await call.close();
      await oaktree.stop();
    }
    const figures = {
      "until it listens, ms": median(seen.start),
      "CPU until then, ms": median(seen.cpu),
      "idle, MiB": median(seen.idle),
      "after 1000 calls, MiB": median(seen.used),
    };
    return [{ name: "oaktree serve", figures }];
  } finally {
    await sandbox.stop();
  }
}
