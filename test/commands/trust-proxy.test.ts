import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import t from "tap";

const launcher = fileURLToPath(new URL("../../bin/oaktree.js", import.meta.url));

t.test("--trust-proxy takes addresses and networks only", async (t) => {
  for (const wrong of ["", "proxy.example", "10.0.0.0/33", "10.0.0.0/8/9", "10.0.0.1,loopback"]) {
    const args = [launcher, "serve", "--sandbox", "--trust-proxy", wrong];
    const words = await new Promise<string>((resolve) => {
      execFile(process.execPath, args, (error, _out, err) => resolve(`${error?.code}: ${err}`));
    });
    t.match(words, /^2: oaktree: --trust-proxy must be addresses or networks/, wrong);
  }
});
