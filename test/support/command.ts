import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";

const launcher = fileURLToPath(new URL("../../bin/oaktree.js", import.meta.url));

/** A command line of Oaktree that runs in a process of its own. */
export interface Run {
  readonly child: ChildProcess;
  /** Standard output so far. */
  readonly out: () => string;
  /** Standard error so far. */
  readonly err: () => string;
  /** Exit code, once it has ended. */
  readonly code: Promise<number | null>;
  /** Waits until standard output matches. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Waits until standard error, where the log is, matches. */
  readonly logs: (pattern: RegExp) => Promise<RegExpExecArray>;
}

/** Starts `oaktree ARGS`. Whatever it does, it goes away with the test. */
export function startCommand(
  t: Test,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  options: Pick<SpawnOptions, "uid" | "gid" | "cwd"> & { launcher?: string } = {},
): Run {
  const { launcher: program = launcher, ...spawnOptions } = options;
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...spawnOptions,
  });
  const { stdout, stderr } = child;
  let out = "";
  let err = "";
  stdout.on("data", (chunk) => {
    out += chunk;
  });
  stderr.on("data", (chunk) => {
    err += chunk;
  });
  t.teardown(() => child.kill("SIGKILL"));
  const code = once(child, "close").then(([code]) => code);
  const found = async (stream: typeof stdout, text: () => string, pattern: RegExp) => {
    const over = code.then((code) => {
      throw new Error(`it ended with ${code} and without ${pattern}: ${out}${err}`);
    });
    over.catch(() => {});
    for (;;) {
      const match = pattern.exec(text());
      if (match !== null) {
        return match;
      }
      await Promise.race([once(stream, "data"), over]);
    }
  };
  return {
    child,
    out: () => out,
    err: () => err,
    code,
    says: (pattern) => found(stdout, () => out, pattern),
    logs: (pattern) => found(stderr, () => err, pattern),
  };
}
