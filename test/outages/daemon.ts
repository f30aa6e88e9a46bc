import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const clouds = process.env.OAKTREE_TEST_OPENSTACK ?? "";

/** Where the OpenStack of the tests keeps its state. */
export const state = dirname(clouds);

const openstack = fileURLToPath(new URL("../openstack/openstack", import.meta.url));

/** A daemon of the OpenStack of the tests, to be ended like a machine that loses its power. */
export class Daemon {
  readonly #name: string;

  /** `glance`, `swift-proxy` and so on. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Ends it without a warning. */
  async kill(): Promise<void> {
    const pid = await this.#signal("SIGKILL");
    while (await stat(`/proc/${pid}/exe`).catch(() => undefined)) {
      await pause(10);
    }
  }

  /** Lets it neither read nor write, though its connections stand. */
  async freeze(): Promise<void> {
    await this.#signal("SIGSTOP");
  }

  /** Lets it go on. */
  async thaw(): Promise<void> {
    await this.#signal("SIGCONT");
  }

  async #signal(signal: NodeJS.Signals): Promise<number> {
    const [pid = "", started] = (await readFile(`${state}/run/${this.#name}.pid`, "utf8")).trim().split(" ");
    const fields = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name in brackets may hold anything; the start time is the 20th field after it.
    if (fields.slice(fields.lastIndexOf(")") + 2).split(" ")[19] !== started) {
      throw new Error(`${this.#name} does not run`);
    }
    process.kill(Number(pid), signal);
    return Number(pid);
  }
}

/** Starts what was ended. */
export async function mend(): Promise<void> {
  const env = { ...process.env, OAKTREE_OPENSTACK_DIR: state };
  // Daemons would keep a pipe open.
  const [code] = await once(spawn(openstack, ["up"], { env, stdio: "ignore" }), "exit");
  if (code !== 0) {
    throw new Error(`${openstack} up ended with ${code}`);
  }
}
