import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { contract, type World } from "../support/worlds.ts";

const tools = process.env.OAKTREE_TEST_TOOLS ?? "/var/tmp/oaktree-test-tools";

/** Whether the clients' tools are here, or must be. */
export const hasTools = process.env.OAKTREE_TEST_ALL !== undefined || existsSync(`${tools}/ready`);

// One file has two runs, and the first may build the program, on a machine that has other things to do.
t.setTimeout(900_000);

/**
 * Runs one client program against every OpenStack that is there. Without its
 * tools it is left out, which the output says, unless everything is asked for.
 */
export function scenario(client: string): void {
  if (!hasTools) {
    t.comment(`left out: the ${client} client, for which test/clients/install installs the tools`);
    return;
  }
  contract(`the ${client} client sees every step`, async (t, world) => {
    const { code, output } = await run(t, client, world);
    t.equal(code, 0, "it succeeds", { output });
    t.match(output, /all are gone\n$/, "it came to its end");
  });
}

/** Runs the program to its end. It goes away with the test. */
async function run(
  t: Test,
  client: string,
  { server, token, location }: World,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(fileURLToPath(new URL("run", import.meta.url)), [client], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      OAKTREE_ADDRESS: new URL(server.url).host,
      OAKTREE_TOKEN: token,
      OAKTREE_CLOUD: location.cloud,
      OAKTREE_REGION: location.region,
    },
  });
  t.teardown(() => child.kill());
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, output };
}
