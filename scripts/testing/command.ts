import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const running = new Set<ChildProcess>();
const interrupt = new AbortController();

/** Set once somebody wants the run to end: the stages stop, the cleaning up does not. */
export const interruptible: AbortSignal = interrupt.signal;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    interrupt.abort();
    for (const child of running) {
      killGroup(child, "SIGTERM");
    }
  });
}

/** What a command may do besides running. */
export interface CommandOptions {
  /** After so long it is ended, and has failed. */
  readonly minutes: number;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Gets what it writes to stdout, which is shown otherwise. */
  readonly onOutput?: (text: string) => void;
}

/**
 * Runs a program in the root of the project, showing what it writes. Says whether
 * it ended well. When its time is up, it is ended with all that it started.
 */
export function command(program: string, args: readonly string[], options: CommandOptions): Promise<boolean> {
  const { minutes, env, onOutput } = options;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      detached: true,
      stdio: ["ignore", onOutput === undefined ? "inherit" : "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    running.add(child);
    child.stdout?.setEncoding("utf8").on("data", onOutput ?? (() => {}));
    const timer = setTimeout(() => {
      console.log(`${program} did not end within ${minutes} minutes`);
      killGroup(child, "SIGTERM");
      // Whoever does not hear gets a second, harder word.
      setTimeout(() => killGroup(child, "SIGKILL"), 10_000).unref();
    }, minutes * 60_000);
    const ended = (isGood: boolean) => {
      clearTimeout(timer);
      running.delete(child);
      resolve(isGood);
    };
    child.on("error", (error) => {
      console.log(error.message);
      ended(false);
    });
    // "close" comes when all output is read, which a daemon that was started and
    // keeps the pipe would put off for ever; nothing that is piped starts one.
    child.on(onOutput === undefined ? "exit" : "close", (code) => ended(code === 0));
  });
}

/** What a program writes, or nothing where it fails. */
export function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"], timeout: 60_000 });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    child.on("error", () => resolve(""));
    child.on("close", (code) => resolve(code === 0 ? text.trim() : ""));
  });
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid as number), signal);
  } catch {
    // It is gone already.
  }
}
