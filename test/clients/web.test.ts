import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { Clouds } from "../../src/cloud/clouds.ts";
import { createHandlers } from "../../src/handlers.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import { startServer } from "../../src/server/start.ts";
import { temporaryFile } from "../support/temporary-file.ts";

const { CHROMIUM = "/usr/bin/chromium", OAKTREE_TEST_ALL, OAKTREE_TEST_OPENSTACK } = process.env;
const program = fileURLToPath(new URL("web/scenario.ts", import.meta.url));
const web = fileURLToPath(new URL("../../web/dist/", import.meta.url));
const token = "a-token-of-web-test";

// A browser on a busy machine is slow.
t.setTimeout(900_000);
const skip = existsSync(CHROMIUM) || OAKTREE_TEST_ALL ? false : `there is no ${CHROMIUM}`;

t.test("the page goes through the scenario (sandbox)", { skip, timeout: 300_000 }, async (t) => {
  // Long enough for the page to see the server while it is built.
  const sandbox = await startSandbox({ buildMs: 2000, deleteMs: 300 });
  t.teardown(() => sandbox.close());
  await scenario(t, sandbox.cloudsYaml(), { minIntervalMs: 50, maxIntervalMs: 50 });
});

if (OAKTREE_TEST_OPENSTACK !== undefined) {
  t.test("the page goes through the scenario (openstack)", { skip, timeout: 600_000 }, async (t) => {
    await scenario(t, await readFile(OAKTREE_TEST_OPENSTACK, "utf8"), {});
  });
}

/** Runs the program against an Oaktree of these clouds. */
async function scenario(
  t: Test,
  cloudsYaml: string,
  polls: { minIntervalMs?: number; maxIntervalMs?: number },
): Promise<void> {
  const clouds = await Clouds.load({ file: await temporaryFile(t, "clouds.yaml", cloudsYaml), env: {} });
  t.teardown(() => clouds.close());
  const server = await startServer({
    listen: { host: "127.0.0.1", port: 0 },
    handlers: createHandlers({ sealKey: new Uint8Array(32), compute: { polls } }),
    clouds,
    token,
    web,
  });
  t.teardown(() => server.close());

  const pictures = t.testdir();
  const child = spawn(process.execPath, [program], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      CHROMIUM,
      OAKTREE_ADDRESS: `127.0.0.1:${server.port}`,
      OAKTREE_TOKEN: token,
      OAKTREE_CLOUD: "demo",
      OAKTREE_REGION: "RegionOne",
      SCREENSHOTS: pictures,
    },
  });
  t.teardown(() => child.kill());
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);

  t.equal(code, 0, "the program succeeds", { out, errors });
  t.match(
    out,
    /^server is ACTIVE at \d+(\.\d+){3} after BUILD.* → ACTIVE, /m,
    "the server is seen coming up",
  );
  t.match(out, /^all are gone$/m, "all is seen gone");
  const taken = (await readdir(pictures)).sort();
  t.strictSame(taken, ["desk-dark.png", "desk-light.png", "phone-dark.png", "phone-light.png"], "pictures");
}
