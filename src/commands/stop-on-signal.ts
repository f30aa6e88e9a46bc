import type { ServiceManager } from "./service-manager.ts";

/** One Ctrl-C arrives twice where npm or the launcher passes on what the terminal sends to all. */
const sameSignalMs = 300;

/**
 * How long a stop may take as a whole, in milliseconds. The server has a little less; what is left is
 * for the last traces, and for a collector or cloud that does not answer.
 */
const stopMs = 9_800;

/** What can be closed. */
interface Closable {
  close(): Promise<void>;
}

/**
 * Ends the process when it is asked to: the server first, which takes no new calls and waits for those
 * that run, then what stands behind it. A second signal ends it at once.
 */
export function stopOnSignal(manager: ServiceManager, server: Closable, ...behind: Closable[]): void {
  // Whoever reads the first lines may be gone; that the words about the stop reach nobody is no reason to crash.
  process.stdout.on("error", () => {});
  let firstAt: number | undefined;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (firstAt !== undefined) {
      if (performance.now() - firstAt > sameSignalMs) {
        process.exit(1);
      }
      return;
    }
    firstAt = performance.now();
    setTimeout(() => process.exit(1), stopMs);
    process.stdout.write(`${signal}: stopping; once more stops at once\n`);
    manager.stopping();
    await server.close();
    await Promise.all(behind.map((one) => one.close()));
    process.exit(0);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}
