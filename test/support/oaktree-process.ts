import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import type { Test } from "tap";

const launcher = fileURLToPath(new URL("../../bin/oaktree.js", import.meta.url));
const token = "proof-token";

/** An Oaktree in a process of its own. */
export interface OaktreeProcess {
  /** A gRPC client with a connection of its own. */
  client<S extends DescService>(service: S): Client<S>;
  /** Where it listens. */
  readonly url: string;
  /** Its process. */
  readonly pid: number;
  /** The header that lets callers in. */
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the process at once, as a crash does. */
  kill(): Promise<void>;
}

/** Starts `oaktree serve` for a clouds.yaml. It goes away with the test. */
export async function startOaktree(t: Test, cloudsFile: string): Promise<OaktreeProcess> {
  const args = [launcher, "serve", "--listen", "127.0.0.1:0", "--clouds", cloudsFile, "--log-level", "error"];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, OAKTREE_TOKEN: token },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  t.teardown(kill);
  const url = await Promise.race([
    urlIn(child.stdout),
    ended.then(([code]) => {
      throw new Error(`oaktree serve ended with ${code}`);
    }),
  ]);
  return {
    client: (service) =>
      createClient(
        service,
        createGrpcTransport({
          baseUrl: url,
          interceptors: [
            (next) => (request) => {
              request.header.set("authorization", `Bearer ${token}`);
              return next(request);
            },
          ],
        }),
      ),
    url,
    pid: child.pid as number,
    headers: { authorization: `Bearer ${token}` },
    kill,
  };
}

async function urlIn(output: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const chunk of output) {
    text += chunk;
    const [, url] = /listens on (\S+)/.exec(text) ?? [];
    if (url !== undefined) {
      return url;
    }
  }
  throw new Error(`no address in: ${text}`);
}
