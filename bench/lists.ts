// A list of 1,000 and of 10,000 servers, all pages: the CPU that Oaktree takes, beside one JSON.parse and one
// JSON.stringify of the same upstream bodies in a process that does nothing else, and beside a server that does
// these two and HTTP.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromBinary } from "@bufbuild/protobuf";
import { parse, stringify } from "yaml";
import { ComputeService } from "../src/gen/oaktree/v1/compute_pb.js";
import { started } from "./support/byte-stage.ts";
import { openNova } from "./support/canned-nova.ts";
import { type BenchOptions, median, medianRatio, type Row } from "./support/measure.ts";
import { MeasuredProcess, OaktreeProcess, SandboxProcess } from "./support/processes.ts";
import { readyCall, readyGet, type Way } from "./support/rpc.ts";

const method = ComputeService.method.listServers;

/** Lists all pages in turns, in each protocol. */
export async function run({ full }: BenchOptions): Promise<Row[]> {
  const sandbox = await SandboxProcess.start();
  const rows: Row[] = [];
  try {
    for (const number of [1000, 10_000]) {
      rows.push(...(await listsOf(number, full ? 11 : 5, sandbox)));
    }
  } finally {
    await sandbox.stop();
  }
  return rows;
}

async function listsOf(number: number, rounds: number, sandbox: SandboxProcess): Promise<Row[]> {
  const { clouds } = parse(sandbox.cloudsYaml) as { clouds: { demo: { auth: { auth_url: string } } } };
  const compute = clouds.demo.auth.auth_url.replace(/\/identity.*/, "/compute");
  const server = readFileSync(new URL("fixtures/server.json", import.meta.url), "utf8");
  const nova = await openNova(compute, server, number);
  const demo = { ...clouds.demo, compute_endpoint_override: nova.url };
  const oaktree = await OaktreeProcess.start(stringify({ clouds: { demo } }));
  const parser = fork(fileURLToPath(new URL("support/parse-and-stringify.ts", import.meta.url)));
  const base = new MeasuredProcess(parser);
  parser.send(nova.pages);
  await once(parser, "message");
  const [relay, relayUrl] = await started<string>("json-relay.ts", nova.url);
  const ways: readonly Way[] = ["gRPC", "JSON"];
  const cpu = {
    base: [] as number[],
    relay: [] as number[],
    gRPC: [] as number[],
    JSON: [] as number[],
    "gRPC-Web": [] as number[],
  };
  const wall = {
    relay: [] as number[],
    gRPC: [] as number[],
    JSON: [] as number[],
    "gRPC-Web": [] as number[],
  };
  // Of short lists several make one figure, for the clock of CPU time ticks every 10 ms.
  const times = Math.max(1, 10_000 / number);
  try {
    for (let round = 0; round <= rounds; round++) {
      const measured = async (work: () => Promise<unknown>, process: MeasuredProcess) => {
        const before = await process.cpuSeconds();
        const began = performance.now();
        for (let time = 0; time < times; time++) {
          await work();
        }
        const wallMs = (performance.now() - began) / times;
        return { cpuMs: (((await process.cpuSeconds()) - before) * 1000) / times, wallMs };
      };
      const alone = await measured(async () => {
        parser.send("again");
        await once(parser, "message");
      }, base);
      cpu.base.push(alone.cpuMs);
      const listed = async (way: Way | "relay", list: () => Promise<number>, process: MeasuredProcess) => {
        const { cpuMs, wallMs } = await measured(async () => {
          const count = await list();
          if (count !== number) {
            throw new Error(`${count} servers of ${number}`);
          }
        }, process);
        cpu[way].push(cpuMs);
        wall[way].push(wallMs);
      };
      await listed("relay", () => listRelayed(relayUrl), relay);
      for (const way of ways) {
        await listed(way, () => listAll(oaktree.url, way), oaktree);
      }
    }
    const kept = (values: number[]) => values.slice(1);
    return [
      {
        name: `${number}: parse + stringify`,
        figures: { "CPU ms": median(kept(cpu.base)), "ratio of CPU": 1 },
      },
      ...(["relay", ...ways] as const).map((way) => ({
        name: way === "relay" ? `${number}: the same behind HTTP` : `${number}: Oaktree, ${way}`,
        figures: {
          "CPU ms": median(kept(cpu[way])),
          "ratio of CPU": medianRatio(kept(cpu[way]), kept(cpu.base)),
          "wall ms": median(kept(wall[way])),
        },
      })),
    ];
  } finally {
    parser.disconnect();
    await relay.stop();
    await oaktree.stop();
    await nova.close();
  }
}

async function listAll(url: string, way: Way): Promise<number> {
  let count = 0;
  let pageToken = "";
  do {
    const call = readyCall(url, way, method, { pageToken });
    const bytes = await call.send();
    await call.close();
    // Only what the client needs to go on: its own decoding is not what is measured.
    if (way === "JSON") {
      const text = Buffer.from(bytes).toString();
      count += text.split('"statusText"').length - 1;
      pageToken = /"nextPageToken":"([^"]*)"/.exec(text)?.[1] ?? "";
    } else {
      const page = fromBinary(method.output, bytes);
      count += page.servers.length;
      pageToken = page.nextPageToken;
    }
  } while (pageToken !== "");
  return count;
}

async function listRelayed(url: string): Promise<number> {
  let count = 0;
  let query = "";
  do {
    const call = readyGet(`${url}/?${query}`, {});
    const text = Buffer.from(await call.send()).toString();
    await call.close();
    count += text.split('"config_drive"').length - 1;
    const marker = /"servers_links":.*marker=([^"]*)"/.exec(text)?.[1];
    query = marker === undefined ? "" : `marker=${marker}`;
  } while (query !== "");
  return count;
}
