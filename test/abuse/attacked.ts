import { readFileSync } from "node:fs";
import { createClient } from "@connectrpc/connect";
import type { Test } from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { plain, token, transport } from "../server/harness.ts";
import { startCommand } from "../support/command.ts";

/** An Oaktree in a process of its own, before a sandbox, and what one sees of it from outside. */
export interface Attacked {
  readonly port: number;
  readonly url: string;
  /** Calls it as honest callers do, one on a new connection, and holds that they are served. */
  serves(t: Test): Promise<void>;
  /** Waits until no connection is open but that of the honest gRPC caller. */
  settled(): Promise<void>;
  /** Resident memory, in MiB. */
  residentMib(): number;
}

/** Starts one. It goes away with the test. @param limits as `--limit` has them */
export async function attacked(t: Test, ...limits: string[]): Promise<Attacked> {
  const own = [
    "serve",
    "--sandbox",
    "--listen",
    "127.0.0.1:0",
    "--metrics",
    "127.0.0.1:0",
    "--log-level",
    "silent",
  ];
  const run = startCommand(t, [...own, ...limits.flatMap((limit) => ["--limit", limit])], {
    HOME: t.testdir(),
    OAKTREE_TOKEN: token,
  });
  const [, url = "", port] = await run.says(/listens on (http:\/\/127\.0\.0\.1:(\d+))/);
  const [, metrics = ""] = await run.says(/Metrics are at (\S+)/);
  const honest = createClient(ComputeService, transport(url, "gRPC"));
  return {
    port: Number(port),
    url,
    async serves(t) {
      const { flavors } = await honest.listFlavors({});
      t.ok(flavors.length > 0, "a gRPC caller is served");
      const { status } = await plain(url, "/oaktree.v1.ComputeService/ListFlavors");
      t.equal(status, 200, "a JSON caller is served");
    },
    async settled() {
      for (;;) {
        const text = await (await fetch(metrics)).text();
        if (Number(/^oaktree_connections (\d+)$/m.exec(text)?.[1]) <= 1) {
          return;
        }
      }
    },
    residentMib() {
      const status = readFileSync(`/proc/${run.child.pid}/status`, "utf8");
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    },
  };
}
