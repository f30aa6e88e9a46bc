// The life of some servers at once, by openstacksdk straight at the sandbox's OpenStack, and by Oaktree's JSON API from
// the same language. Needs the tools of test/clients/install.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type BenchOptions, median, medianRatio, type Row } from "./support/measure.ts";
import { OaktreeProcess, SandboxProcess, token } from "./support/processes.ts";

interface Run {
  /** Seconds from the first call to the last answer. */
  readonly wall: number;
  /** CPU seconds of the client, its start included. */
  readonly cpu: number;
  /** Requests that the cloud's services saw. */
  readonly requests: number;
}

/** Wall time, CPU of the client and requests of the cloud, in turns. */
export async function run({ full }: BenchOptions): Promise<Row[]> {
  const rounds = full ? 10 : 3;
  const servers = full ? 50 : 20;
  const sandbox = await SandboxProcess.start();
  const oaktree = await OaktreeProcess.start(sandbox.cloudsYaml);
  const folder = await mkdtemp(join(tmpdir(), "oaktree-bench-"));
  try {
    const clouds = join(folder, "clouds.yaml");
    await writeFile(clouds, sandbox.cloudsYaml, { mode: 0o600 });
    const ways = [
      { name: "openstacksdk", script: "by_sdk.py", args: ["demo", String(servers)] },
      { name: "Oaktree, JSON", script: "by_json.py", args: [oaktree.url, String(servers), token] },
    ];
    const seen = ways.map((): Run[] => []);
    for (let round = 0; round <= rounds; round++) {
      for (const [index, { script, args }] of ways.entries()) {
        const before = await sandbox.requests();
        const said = await python(script, args, clouds);
        // The first round warms up.
        if (round > 0) {
          seen[index]?.push({ ...said, requests: (await sandbox.requests()) - before });
        }
      }
    }
    const [direct = []] = seen;
    return ways.map(({ name }, index) => {
      const own = seen[index] ?? [];
      const each = (key: keyof Run, runs = own) => runs.map((one) => one[key]);
      return {
        name: `${name}, ${servers} servers`,
        figures: {
          "wall s": median(each("wall")),
          "ratio of wall": medianRatio(each("wall"), each("wall", direct)),
          "client's CPU s": median(each("cpu")),
          "ratio of CPU": medianRatio(each("cpu"), each("cpu", direct)),
          "requests to the cloud": median(each("requests")),
        },
      };
    });
  } finally {
    await rm(folder, { recursive: true });
    await oaktree.stop();
    await sandbox.stop();
  }
}

async function python(
  script: string,
  args: readonly string[],
  clouds: string,
): Promise<Omit<Run, "requests">> {
  const tools = process.env.OAKTREE_TEST_TOOLS ?? "/var/tmp/oaktree-test-tools";
  const path = fileURLToPath(new URL(`python/${script}`, import.meta.url));
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, OS_CLIENT_CONFIG_FILE: clouds };
  const { stdout } = await promisify(execFile)(`${tools}/openstacksdk/bin/python`, [path, ...args], { env });
  return JSON.parse(stdout) as Omit<Run, "requests">;
}
