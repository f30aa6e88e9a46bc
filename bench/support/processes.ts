import { type ChildProcess, fork, type Serializable, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The token of every Oaktree that benchmarks start. */
export const token = "bench-token";

/** Ticks of /proc's clocks in a second: USER_HZ is 100 on every Linux. */
const ticks = 100;

/** A process whose use of the machine is measured. Linux only. */
export class MeasuredProcess {
  readonly #child: ChildProcess;

  /** Takes over a child. */
  constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Its number. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Asks a child that answers messages. */
  async ask<T>(message: Serializable): Promise<T> {
    const left = new AbortController();
    const { signal } = left;
    const answer = once(this.#child, "message", { signal });
    const ended = once(this.#child, "exit", { signal }).then(() => {
      throw new Error("the process ended");
    });
    this.#child.send(message);
    try {
      return ((await Promise.race([answer, ended])) as [T])[0];
    } finally {
      left.abort();
      ended.catch(() => undefined);
    }
  }

  /** Tells a child something. */
  tell(message: string): void {
    this.#child.send(message);
  }

  /** CPU seconds so far, of user and kernel. */
  async cpuSeconds(): Promise<number> {
    const stat = await readFile(`/proc/${this.#child.pid}/stat`, "utf8");
    // The name in brackets may hold anything; after it, utime and stime are the 12th and 13th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / ticks;
  }

  /** Memory now and at most, in MiB. */
  async memory(): Promise<{ now: number; peak: number }> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, "utf8");
    const mebibytes = (key: string) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
    return { now: mebibytes("VmRSS"), peak: mebibytes("VmHWM") };
  }

  /** Ends it at once. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill("SIGKILL");
      await once(this.#child, "exit");
    }
  }
}

/** An Oaktree in a process of its own, in personal use. */
export class OaktreeProcess extends MeasuredProcess {
  /** Where it listens. */
  readonly url: string;
  /** How long it took from its start to its listening, in milliseconds. */
  readonly startMs: number;

  private constructor(child: ChildProcess, url: string, startMs: number) {
    super(child);
    this.url = url;
    this.startMs = startMs;
  }

  /** Starts one for the clouds of a clouds.yaml, given as text. */
  static async start(cloudsYaml: string): Promise<OaktreeProcess> {
    const folder = await mkdtemp(join(tmpdir(), "oaktree-bench-"));
    const file = join(folder, "clouds.yaml");
    await writeFile(file, cloudsYaml, { mode: 0o600 });
    const launcher = fileURLToPath(new URL("../../bin/oaktree.js", import.meta.url));
    const args = [launcher, "serve", "--clouds", file, "--listen", "127.0.0.1:0", "--log-level", "error"];
    const { PATH, HOME, NODE_EXTRA_CA_CERTS: trusted } = process.env;
    const began = performance.now();
    const child = spawn(process.execPath, args, {
      env: {
        PATH,
        HOME,
        ...(trusted !== undefined && { NODE_EXTRA_CA_CERTS: trusted }),
        OAKTREE_TOKEN: token,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const url = await firstMatch(child.stdout, /listens on (\S+)/);
    await rm(folder, { recursive: true });
    return new OaktreeProcess(child, url, performance.now() - began);
  }
}

/** The sandbox in a process of its own. */
export class SandboxProcess extends MeasuredProcess {
  /** Its clouds.yaml. */
  readonly cloudsYaml: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, cloudsYaml: string) {
    super(child);
    this.#child = child;
    this.cloudsYaml = cloudsYaml;
  }

  /** Starts one. */
  static async start(): Promise<SandboxProcess> {
    const child = fork(fileURLToPath(new URL("sandbox.ts", import.meta.url)));
    const [cloudsYaml] = (await once(child, "message")) as [string];
    return new SandboxProcess(child, cloudsYaml);
  }

  /** How many requests have come so far. */
  async requests(): Promise<number> {
    this.#child.send("count");
    const [count] = (await once(this.#child, "message")) as [number];
    return count;
  }
}

/** The first group of a pattern, as soon as a process has printed it. @throws Error when it ends before. */
export async function firstMatch(output: AsyncIterable<Buffer>, pattern: RegExp): Promise<string> {
  let text = "";
  for await (const chunk of output) {
    text += chunk;
    const [, found] = pattern.exec(text) ?? [];
    if (found !== undefined) {
      return found;
    }
  }
  throw new Error(`${pattern} was not in: ${text}`);
}
