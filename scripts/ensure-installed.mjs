// Brings a checkout to where it runs: `node scripts/ensure-installed.mjs [tap] [web]`.
//
// It is what `npm start` and `npm test` begin with, so it is plain JavaScript for
// any Node from 18 on, needs nothing installed, and is done in a moment when there
// is nothing to do. As npm's `prepare` it also follows every `npm ci`.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { holdLock } from "./install/lock.mjs";
import { steps } from "./install/steps.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

if (isWithoutTools(process.env)) {
  if (!existsSync(`${root}src/gen`)) {
    console.error("oaktree: nothing here makes src/gen without the development packages; copy it here");
  }
  // Within our own `npm ci` npm calls us again, as `prepare`.
} else if (process.env.OAKTREE_INSTALLING === undefined) {
  const wanted = steps(root).filter(({ name, optional }) => !optional || process.argv.includes(name));
  // The lock is for those only who have something to do.
  if (!wanted.every((step) => step.isFresh())) {
    const release = await holdLock(`${root}.install.lock`);
    try {
      for (const step of wanted) {
        // Asked again: another process may have done it while this one waited.
        if (!step.isFresh()) {
          console.error(`oaktree: ${step.doing}`);
          step.run(run);
          step.record();
        }
      }
    } catch (error) {
      console.error(`oaktree: ${error.message}`);
      process.exitCode = 1;
    } finally {
      release();
    }
  }
}

/** Whether we follow an `npm ci --omit=dev`, as an image for production has it: the tools are not there. */
function isWithoutTools({ npm_lifecycle_event: event, npm_config_omit, npm_config_include, NODE_ENV }) {
  const names = (list) => (list ?? "").split(/\s+/).includes("dev");
  const omits = npm_config_omit ? names(npm_config_omit) : NODE_ENV === "production";
  return event === "prepare" && omits && !names(npm_config_include);
}

/** Runs a program of the project's own, or npm, in a folder of the project. */
function run(command, args, folder = root) {
  const separator = process.platform === "win32" ? ";" : ":";
  // All of it goes to stderr: stdout belongs to the command that comes after us.
  const { status, error, signal } = spawnSync(command, args, {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    env: {
      ...process.env,
      PATH: `${root}node_modules/.bin${separator}${process.env.PATH}`,
      OAKTREE_INSTALLING: "1",
    },
  });
  if (error || status !== 0) {
    throw new Error(
      `${[command, ...args].join(" ")} failed: ${error?.message ?? signal ?? `exit code ${status}`}`,
    );
  }
}
