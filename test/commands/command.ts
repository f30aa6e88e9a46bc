import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../../bin/oaktree.js", import.meta.url));

/** The command line under way. */
export interface RunningCommand {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** What it printed, what it complained of, its exit code. */
  readonly ended: Promise<{ out: Buffer; err: string; code: number | null }>;
}

/** Runs the command line as a user does, against an Oaktree. Its standard input stays open. */
export function runOaktree(server: { url: string; token: string }, args: string[]): RunningCommand {
  const child = spawn(process.execPath, [launcher, ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      OAKTREE_ENDPOINT: server.url,
      OAKTREE_TOKEN: server.token,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {});
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = Promise.all([text(child.stderr), once(child, "close")]).then(([err, [code]]) => ({
    out: Buffer.concat(chunks),
    err,
    code: code as number | null,
  }));
  return { child, ended };
}
