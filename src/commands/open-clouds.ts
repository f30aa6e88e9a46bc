import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clouds } from "../cloud/clouds.ts";
import type { CloudObserver } from "../cloud/observer.ts";
import { UsageError } from "./usage-error.ts";

/** Clouds to serve, and whatever stands behind them. */
export interface CloudSource {
  /** The clouds. */
  readonly clouds: Clouds;
  /** Lets go of everything. */
  close(): Promise<void>;
}

/** Opens the clouds of a clouds.yaml; without a file, of the one that OpenStack's tools would find. @throws Error when there is none */
export async function openClouds(file?: string, observer?: CloudObserver): Promise<CloudSource> {
  const clouds = await Clouds.load({
    ...(file !== undefined && { file }),
    ...(observer && { observer }),
  });
  if (clouds.names.length === 0) {
    throw new Error(
      file === undefined
        ? "there are no clouds to serve: write a clouds.yaml, name one by --clouds, or try --sandbox"
        : `there are no clouds in ${file}`,
    );
  }
  for (const fault of clouds.faults) {
    process.stderr.write(`oaktree: ${fault.message}\n`);
  }
  return { clouds, close: () => clouds.close() };
}

/** Starts a sandbox with quirks and opens its one cloud, `demo`. @throws UsageError for a quirk that is not known */
export async function openSandbox(quirks: readonly string[], observer?: CloudObserver): Promise<CloudSource> {
  // Only who asks for it pays for loading it.
  const { startSandbox } = await import("../sandbox/start.ts");
  const sandbox = await startSandbox({ quirks }).catch((error: unknown) => {
    throw error instanceof RangeError ? new UsageError(`--quirk: ${error.message}`) : error;
  });
  const folder = await mkdtemp(join(tmpdir(), "oaktree-"));
  try {
    const file = join(folder, "clouds.yaml");
    await writeFile(file, sandbox.cloudsYaml("demo"), { mode: 0o600 });
    const { clouds, close } = await openClouds(file, observer);
    return { clouds, close: () => close().then(() => sandbox.close()) };
  } catch (error) {
    await sandbox.close();
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}
