// The sandbox as a process: tells its clouds.yaml, and how many requests have come when it is asked.
import { startSandbox } from "../../src/sandbox/start.ts";

const sandbox = await startSandbox({ logSize: 1, buildMs: 200, deleteMs: 100 });
process.send?.(sandbox.cloudsYaml("demo"));
process.on("message", () => process.send?.(sandbox.requests.total));
process.on("disconnect", () => process.exit());
