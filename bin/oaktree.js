#!/usr/bin/env node
// Starts the command line. Node runs its TypeScript as it is from 22.19 on; on an
// older one the Node that npm installed beside the project takes over.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
const own = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));

if (major > 22 || (major === 22 && minor >= 19)) {
  // Halves the time to start. Not in the folder that users share, where Node would put it.
  module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "oaktree"));
  await import("../src/cli.ts");
} else if (existsSync(own) && process.execPath !== own) {
  const child = spawn(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`oaktree: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal !== null) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
    process.exitCode = code ?? 1;
  });
} else {
  console.error(
    `oaktree: Node ${process.versions.node} is too old, it needs 22.19 or newer; npm ci installs one`,
  );
  process.exitCode = 1;
}
