// What keeps `oaktree serve` from starting is one clear line, and an exit code that is not 0.
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import t from "tap";
import { startCommand } from "../support/command.ts";

const cert = fileURLToPath(new URL("../server/tls-cert.pem", import.meta.url));
const key = fileURLToPath(new URL("../server/tls-key.pem", import.meta.url));
const home = t.testdir({
  "shared.yaml": `clouds: {lab: {auth: {auth_url: "http://127.0.0.1:1/v3"}}}`,
  "broken.yaml": "clouds: [",
  "no-clouds.yaml": "cloud: {}",
  "nonsense.pem": "-----BEGIN NONSENSE-----\n",
  folder: {},
  "secret.key": `${Buffer.alloc(32).toString("base64")}\n`,
});
const good = ["serve", "--clouds", `${home}/shared.yaml`, "--listen", "127.0.0.1:0"];
const tls = (certFile: string, keyFile: string) => [...good, "--tls-cert", certFile, "--tls-key", keyFile];

const taken = createServer().listen(0, "127.0.0.1");
await once(taken, "listening");
t.teardown(() => taken.close());
const address = `127.0.0.1:${(taken.address() as AddressInfo).port}`;

const failures: Record<string, readonly [args: string[], words: RegExp]> = {
  "a port in use": [["serve", "--clouds", `${home}/shared.yaml`, "--listen", address], /port is in use/],
  "a port in use for metrics": [[...good, "--metrics", address], /port is in use.*--metrics/],
  "a clouds.yaml that is no YAML": [["serve", "--clouds", `${home}/broken.yaml`], /broken\.yaml/],
  "a clouds.yaml without clouds": [["serve", "--clouds", `${home}/no-clouds.yaml`], /there are no clouds in/],
  "no clouds.yaml anywhere": [["serve"], /there are no clouds to serve.*--sandbox/],
  "a clouds.yaml that is not there": [["serve", "--clouds", `${home}/none.yaml`], /none\.yaml/],
  "a key file that is a folder": [[...good, "--key-file", `${home}/folder`], /folder: EISDIR/],
  "a key file that is not there": [[...good, "--key-file", `${home}/none`], /none: ENOENT/],
  "a certificate that is nonsense": [tls(`${home}/nonsense.pem`, key), /no certificate and its key/],
  "a TLS key that is nonsense": [tls(cert, `${home}/nonsense.pem`), /no certificate and its key/],
  "a TLS key that is not there": [tls(cert, `${home}/none.pem`), /none\.pem: ENOENT/],
};

for (const [name, [args, words]] of Object.entries(failures)) {
  t.test(name, { timeout: 60_000 }, async (t) => {
    const run = startCommand(t, args, { HOME: home }, { cwd: home });
    t.equal(await run.code, 1);
    t.match(run.err(), words);
    t.match(run.err(), /^oaktree: [^\n]+\n$/, "one line");
    t.equal(run.out(), "");
  });
}

// Root may read everything.
const isRoot = process.getuid?.() === 0;
t.test("a key file that this user may not read", async (t) => {
  chmodSync(home, 0o755);
  chmodSync(`${home}/secret.key`, isRoot ? 0o600 : 0);
  const nobody = isRoot ? { uid: 65534, gid: 65534 } : {};
  const run = startCommand(t, [...good, "--key-file", `${home}/secret.key`], { HOME: home }, nobody);
  t.equal(await run.code, 1);
  t.match(run.err(), /^oaktree: cannot read [^\n]*secret\.key: EACCES\n/);
});
