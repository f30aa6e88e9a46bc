import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";
import { Clouds } from "../../src/cloud/clouds.ts";
import { createHandlers } from "../../src/handlers.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import { startServer } from "../../src/server/start.ts";
import { temporaryFile } from "../support/temporary-file.ts";

/** The root of the project. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The certificate of the Oaktrees here that have TLS, which is its own authority. */
export const certificate = `${root}test/server/tls-cert.pem`;

/** A piece of code in a page. */
export interface Example {
  /** The heading that it stands under; empty above the first. */
  readonly heading: string;
  /** Its language, as the page says. */
  readonly language: string;
  /** The code. */
  readonly text: string;
}

/** The examples of a page, given by its path. */
export async function examplesOf(page: string): Promise<Example[]> {
  const found: Example[] = [];
  let heading = "";
  for (const [, title, language, text] of (await readFile(`${root}${page}`, "utf8")).matchAll(
    /^## ([^\n]*)$|^```(\w+)\n(.*?)^```$/gms,
  )) {
    heading = title?.trim() ?? heading;
    if (language !== undefined && text !== undefined) {
      found.push({ heading, language, text });
    }
  }
  return found;
}

/** Runs a program with the clients' tools and the token in its environment, and answers what it printed. */
export async function run(
  t: Test,
  token: string,
  command: string,
  args: string[],
  cwd = root,
): Promise<string> {
  // The tools are where test/clients/tools.sh puts them.
  const script = '. test/clients/tools.sh && cd "$1" && shift && exec "$@"';
  const child = spawn("bash", ["-euc", script, "bash", cwd, command, ...args], {
    cwd: root,
    env: { ...process.env, OAKTREE_TOKEN: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.teardown(() => child.kill());
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise((resolve) => child.on("close", resolve));
  t.equal(code, 0, `${command} succeeds`, { output });
  return output;
}

/** A file beside the code that it needs, for as long as the test runs. */
export async function place(t: Test, file: string, text: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  t.teardown(() => rm(dirname(file), { recursive: true, force: true }));
  await writeFile(file, text);
  return file;
}

/** Oaktrees of one sandbox: where one listens in clear text, and where one has TLS, as `host:port`. */
export async function startBoth(t: Test, token: string): Promise<{ clear: string; tls: string }> {
  const sandbox = await startSandbox({ buildMs: 50, deleteMs: 50 });
  t.teardown(() => sandbox.close());
  const file = await temporaryFile(t, "clouds.yaml", sandbox.cloudsYaml());
  const clouds = await Clouds.load({ file, env: {} });
  t.teardown(() => clouds.close());
  const start = async (tls?: { cert: Buffer; key: Buffer }) => {
    const server = await startServer({
      listen: { host: "127.0.0.1", port: 0 },
      handlers: createHandlers({
        sealKey: new Uint8Array(32),
        compute: { polls: { minIntervalMs: 20, maxIntervalMs: 20 } },
      }),
      clouds,
      token,
      ...(tls && { tls }),
    });
    t.teardown(() => server.close());
    return `127.0.0.1:${server.port}`;
  };
  const key = readFileSync(`${root}test/server/tls-key.pem`);
  return { clear: await start(), tls: await start({ cert: readFileSync(certificate), key }) };
}
