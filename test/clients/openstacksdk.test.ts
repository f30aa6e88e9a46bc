// openstacksdk as it comes from PyPI, straight at the sandbox and at the real OpenStack: what
// it does on the one it does on the other.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import t, { type Test } from "tap";
import { stringify } from "yaml";
import { startSandbox } from "../../src/sandbox/start.ts";
import { temporaryFile } from "../support/temporary-file.ts";
import { root } from "./examples.ts";

const title = "openstacksdk has a server's whole life, an image and objects";
const tools = process.env.OAKTREE_TEST_TOOLS ?? "/var/tmp/oaktree-test-tools";
const openstackFile = process.env.OAKTREE_TEST_OPENSTACK;

t.setTimeout(900_000);

if (process.env.OAKTREE_TEST_ALL === undefined && !existsSync(`${tools}/openstacksdk/bin/python`)) {
  t.comment("left out: openstacksdk, for which test/clients/install installs the tools");
} else {
  t.test(`${title} (sandbox)`, async (t) => {
    const sandbox = await startSandbox({ buildMs: 200, deleteMs: 100 });
    t.teardown(() => sandbox.close());
    await run(t, await temporaryFile(t, "clouds.yaml", sandbox.cloudsYaml()));
  });
  t.test(`${title} (sandbox that takes images by tasks)`, async (t) => {
    const quirks = ["task-uploads"];
    const sandbox = await startSandbox({ buildMs: 200, deleteMs: 100, quirks });
    t.teardown(() => sandbox.close());
    const demo = { ...sandbox.cloud("demo"), image_api_use_tasks: true };
    await run(t, await temporaryFile(t, "clouds.yaml", stringify({ clouds: { demo } })));
    const asked = (method: string, path: RegExp) => sandbox.requests.list({ service: "image", method, path });
    t.equal(asked("POST", /\/v2\/tasks$/).length, 1, "it made a task");
    t.strictSame(asked("PUT", /\/file$/), [], "and sent Glance no bytes");
  });
  if (openstackFile !== undefined) {
    t.test(`${title} (openstack)`, async (t) => run(t, openstackFile));
  }
}

async function run(t: Test, clouds: string): Promise<void> {
  const script = '. test/clients/tools.sh && exec "$sdk/bin/python" test/clients/openstacksdk/scenario.py';
  const child = spawn("bash", ["-euc", script], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, OS_CLIENT_CONFIG_FILE: clouds },
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
  t.equal(code, 0, "it succeeds", { output });
  t.match(output, /all are gone\n$/, "it came to its end");
}
