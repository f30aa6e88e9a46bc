import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cloudsYaml } from "./canned-glance.ts";
import { Nginx, trust } from "./nginx.ts";
import { MeasuredProcess } from "./processes.ts";

/** An Oaktree that moves bytes and does not digest them, before a bare nginx. */
export interface ByteStage {
  readonly nginx: Nginx;
  readonly oaktree: MeasuredProcess;
  /** What stands for the rest of the cloud. */
  readonly glance: MeasuredProcess;
  /** Where Oaktree has the bytes from. */
  readonly origin: string;
  /** Oaktree's port. */
  readonly port: number;
  /** A clouds.yaml for the same upstream. */
  readonly cloudsYaml: string;
  /** Ends all. */
  close(): Promise<void>;
}

/**
 * Starts them; images have `size` bytes. BENCH_TLS=1 puts TLS between Oaktree and the cloud's bytes.
 *
 * @param pace bytes a second that the cloud takes, if not all that come
 */
export async function openStage(size: number, pace?: number): Promise<ByteStage> {
  const [glance, address] = await started<string>("glance-server.ts", String(size));
  const nginx = await Nginx.start(size, address);
  const folder = await mkdtemp(join(tmpdir(), "oaktree-bench-"));
  const tls = process.env.BENCH_TLS === "1";
  if (tls) {
    // All that is started from here on trusts nginx.
    process.env.NODE_EXTRA_CA_CERTS = trust;
  }
  const port = tls ? nginx.tlsPort : nginx.port;
  const line = pace === undefined ? undefined : await started<number>("slow-server.ts", `${port} ${pace}`);
  const origin = `http${tls ? "s" : ""}://127.0.0.1:${line ? line[1] : port}`;
  const yaml = cloudsYaml(address, origin);
  await writeFile(join(folder, "clouds.yaml"), yaml, { mode: 0o600 });
  const [oaktree, url] = await started<string>("byte-server-start.ts", join(folder, "clouds.yaml"));
  return {
    nginx,
    oaktree,
    glance,
    origin,
    port: Number(new URL(url).port),
    cloudsYaml: yaml,
    close: async () => {
      await Promise.all([oaktree.stop(), nginx.stop(), glance.stop(), line?.[0].stop()]);
      await rm(folder, { recursive: true });
    },
  };
}

/** Starts a script of this folder with one argument, in a session of its own. @returns it and what it says first. */
export async function started<T>(file: string, argument: string): Promise<[MeasuredProcess, T]> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [argument], { detached: true });
  const ended = once(child, "exit").then(() => {
    throw new Error(`${file} ended`);
  });
  const [answer] = (await Promise.race([once(child, "message"), ended])) as [T];
  ended.catch(() => undefined);
  return [new MeasuredProcess(child), answer];
}
