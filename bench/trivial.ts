// What a call costs that does nothing: grpc.health.v1's Check on Oaktree, on a bare @grpc/grpc-js server, and on grpc-go
// where Go is installed. Each server is a process of its own, and the client is the same.
import { type ChildProcess, execFileSync, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Health } from "../src/gen/grpc/health/v1/health_pb.js";
import { latencies, throughput } from "./support/load.ts";
import { type BenchOptions, median, medianRatio, percentile, type Row } from "./support/measure.ts";
import { firstMatch, MeasuredProcess, OaktreeProcess, SandboxProcess } from "./support/processes.ts";
import { type ReadyCall, readyCall } from "./support/rpc.ts";

interface Contender {
  readonly name: string;
  readonly process: MeasuredProcess;
  readonly call: ReadyCall;
}

/** Latency, throughput and CPU of nothing, in turns. */
export async function run({ full }: BenchOptions): Promise<Row[]> {
  const rounds = full ? 15 : 5;
  const number = full ? 20_000 : 5000;
  const sandbox = await SandboxProcess.start();
  const oaktree = await OaktreeProcess.start(sandbox.cloudsYaml);
  const others = [await grpcJs(), await grpcGo()].filter((one) => one !== undefined);
  const check = Health.method.check;
  const contenders: Contender[] = [
    ...others,
    { name: "Oaktree, gRPC", process: oaktree, call: readyCall(oaktree.url, "gRPC", check, {}) },
    { name: "Oaktree, gRPC-Web", process: oaktree, call: readyCall(oaktree.url, "gRPC-Web", check, {}) },
    { name: "Oaktree, JSON", process: oaktree, call: readyCall(oaktree.url, "JSON", check, {}) },
  ];
  const seen = contenders.map(() => ({ p50: [] as number[], rate: [] as number[], cpu: [] as number[] }));
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const [index, { call, process }] of contenders.entries()) {
        const times = await latencies(call, number / 10);
        const before = await process.cpuSeconds();
        const rate = await throughput(call, number);
        const cpu = ((await process.cpuSeconds()) - before) / number;
        if (round > 0) {
          seen[index]?.p50.push(percentile(times, 50));
          seen[index]?.rate.push(rate);
          seen[index]?.cpu.push(cpu * 1e6);
        }
      }
    }
    return contenders.map(({ name }, index) => {
      const { p50 = [], rate = [], cpu = [] } = seen[index] ?? {};
      return {
        name,
        figures: {
          "p50 ms": median(p50),
          "calls/s, 16 in flight": median(rate),
          "ratio of calls/s": medianRatio(rate, seen[0]?.rate ?? []),
          "CPU, µs a call": median(cpu),
        },
      };
    });
  } finally {
    await Promise.all([oaktree.stop(), sandbox.stop(), ...others.map(({ process }) => process.stop())]);
    await Promise.all(contenders.map(({ call }) => call.close()));
  }
}

async function grpcJs(): Promise<Contender> {
  const child = fork(fileURLToPath(new URL("support/grpc-js-health.ts", import.meta.url)));
  const [url] = (await once(child, "message")) as [string];
  return contender("@grpc/grpc-js, gRPC", child, url);
}

/** Undefined where there is no Go. */
async function grpcGo(): Promise<Contender | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "oaktree-bench-go-"));
  const program = join(folder, "health");
  try {
    const source = fileURLToPath(new URL("go", import.meta.url));
    execFileSync("go", ["build", "-o", program, "."], {
      cwd: source,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const child = spawn(program, { stdio: ["ignore", "pipe", "inherit"] });
    return contender("grpc-go, gRPC", child, await firstMatch(child.stdout, /(http:\S+)/));
  } catch (error) {
    process.stderr.write(`grpc-go is left out: ${(error as Error).message}\n`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function contender(name: string, child: ChildProcess, url: string): Contender {
  return { name, process: new MeasuredProcess(child), call: readyCall(url, "gRPC", Health.method.check, {}) };
}
