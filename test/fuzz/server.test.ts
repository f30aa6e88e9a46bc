// A whole Oaktree, in a process of its own, under requests that are mostly wrong: it answers each with a fitting
// code, reports no defect, does not grow, and still serves the next caller.
//
// OAKTREE_FUZZ_RUNS says how many requests; OAKTREE_FUZZ_SEED repeats a run.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import t from "tap";
import { type Outcome, Sender } from "./protocols.ts";
import { type FuzzRequest, fuzzRequests } from "./requests.ts";

const runs = Number(process.env.OAKTREE_FUZZ_RUNS ?? 2000);
const seed = Number(process.env.OAKTREE_FUZZ_SEED ?? Date.now() % 2 ** 31);
const token = "fuzz-token";
const inFlight = 8;

t.test(`${runs} requests of seed ${seed}`, { timeout: 240_000 + runs * 50 }, async (t) => {
  const launcher = fileURLToPath(new URL("../../bin/oaktree.js", import.meta.url));
  const child = spawn(process.execPath, [launcher, "serve", "--sandbox", "--listen", "127.0.0.1:0"], {
    env: { ...process.env, OAKTREE_TOKEN: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk) => {
    log += chunk;
  });
  t.teardown(async () => {
    child.kill("SIGKILL");
    await once(child, "exit").catch(() => {});
  });
  const url = await urlOf(child.stdout);
  const memory = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1024;

  const requests = fc.sample(fuzzRequests(token), { numRuns: runs, seed });
  const wrong: string[] = [];
  const seen = new Map<string, number>();
  let half = 0;
  let next = 0;
  const caller = async () => {
    // Connections of its own, for what is wrong with one request may end its connection.
    const sender = new Sender(url);
    t.teardown(() => sender.close());
    for (let index = next++; index < requests.length; index = next++) {
      const request = requests[index] as FuzzRequest;
      const outcome = await sender[request.http](request);
      seen.set(outcome.code, (seen.get(outcome.code) ?? 0) + 1);
      const complaint = complaintAbout(request, outcome);
      if (complaint !== undefined) {
        wrong.push(`${index}: ${complaint}: ${describe(request)}`);
      }
      if (index === Math.floor(runs / 2)) {
        half = memory();
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));

  t.equal(child.exitCode, null, "the server still runs");
  t.strictSame(wrong.slice(0, 10), [], "every answer has a fitting code");
  const reported = log
    .split("\n")
    .filter((line) => /"level":(50|60)|unhandled|TypeError|RangeError/.test(line));
  t.strictSame(reported.slice(0, 10), [], "no defect is reported");
  const grown = memory() - half;
  t.ok(grown < 100, `the second half of the requests took ${grown.toFixed(0)} MiB`);
  const sender = new Sender(url);
  t.teardown(() => sender.close());
  const path = "/oaktree.v1.ComputeService/ListFlavors";
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const after = await sender.http1({ path, method: "POST", headers, body: Buffer.from("{}") });
  t.strictSame(after, { status: 200, code: "ok" }, "the next caller is served");
  t.comment(JSON.stringify(Object.fromEntries([...seen].sort(([, a], [, b]) => b - a))));
});

/** Codes that tell of a defect. INTERNAL is also gRPC's word for bytes that do not parse, so there the log tells. */
const defects = new Set(["unknown", "data_loss"]);

function complaintAbout(request: FuzzRequest, { status, code }: Outcome): string | undefined {
  if (defects.has(code) || status > 504) {
    return `${status} ${code}`;
  }
  // An odd timeout may mean for ever; then it is the caller that left.
  const isEndless = code === "abandoned" && !/^1(000|S)$/.test(timeoutOf(request));
  return status === 0 && !isEndless && (request.isWhole || code === "abandoned")
    ? `no answer ${code}`
    : undefined;
}

function timeoutOf({ headers }: FuzzRequest): string {
  return headers["grpc-timeout"] ?? headers["connect-timeout-ms"] ?? "";
}

function describe({ http, method, path, headers, body }: FuzzRequest): string {
  const { authorization, ...rest } = headers;
  return `${http} ${method} ${path} ${JSON.stringify(rest)} ${Buffer.from(body).toString("base64")}`;
}

async function urlOf(output: AsyncIterable<Buffer>): Promise<string> {
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
