// Whoever started the server may read its first lines and go, as `oaktree serve | head -1` does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import t from "tap";

t.test("a server whose output nobody reads stops as it should", async (t) => {
  const launcher = fileURLToPath(new URL("../../bin/oaktree.js", import.meta.url));
  const child = spawn(process.execPath, [launcher, "serve", "--sandbox", "--listen", "127.0.0.1:0"], {
    env: { PATH: process.env.PATH, HOME: t.testdir(), OAKTREE_TOKEN: "x" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.teardown(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  child.stdout.destroy();
  await once(child.stdout, "close");
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  t.equal(code, 0);
});
