import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import t from "tap";
import { run } from "../../src/commands/dev-cert.ts";
import { Health } from "../../src/gen/grpc/health/v1/health_pb.js";
import { shared, start } from "../server/harness.ts";
import { startCommand } from "../support/command.ts";

const dir = `${t.testdir()}/made`;
const read = (name: string) => readFileSync(`${dir}/${name}.pem`);
const devCert = async (...args: string[]) => startCommand(t, ["dev-cert", "--dir", dir, ...args]).code;

function health(url: string, nodeOptions: object) {
  return createClient(Health, createGrpcTransport({ baseUrl: url, nodeOptions })).check({});
}

t.test("it makes an authority and a certificate that clients take, for this user's eyes only", async (t) => {
  t.equal(await devCert(), 0);
  t.strictSame(readdirSync(dir).sort(), ["ca-key.pem", "ca.pem", "cert.pem", "key.pem"]);
  for (const name of readdirSync(dir)) {
    t.equal(statSync(`${dir}/${name}`).mode & 0o777, 0o600, name);
  }
  t.equal(statSync(dir).mode & 0o777, 0o700);
  const server = await start({ tls: { cert: read("cert"), key: read("key") } });
  t.teardown(() => server.close());
  for (const host of ["localhost", "127.0.0.1"]) {
    t.ok(await health(`https://${host}:${server.port}`, { ca: read("ca") }), host);
  }
  await t.rejects(health(server.url, {}), "nobody else's client takes it");
});

t.test("the next ones are by the same authority, for the names that are asked for", async (t) => {
  const authority = read("ca");
  // A file that everybody may read does not pass that on.
  writeFileSync(`${dir}/key.pem`, "", { mode: 0o644 });
  t.equal(await devCert("oaktree.example", "10.0.0.1"), 0);
  t.ok(authority.equals(read("ca")));
  t.equal(statSync(`${dir}/key.pem`).mode & 0o777, 0o600);
  const server = await start({ clouds: shared, tls: { cert: read("cert"), key: read("key") } });
  t.teardown(() => server.close());
  const named = { ca: authority, servername: "oaktree.example" };
  t.ok(await health(server.url, named));
  await t.rejects(health(server.url, { ca: authority }), /IP: 127\.0\.0\.1 is not in the cert/);
});

t.test("where callers need a certificate, those of the authority are let in, and nobody else", async (t) => {
  t.equal(await devCert(), 0);
  t.equal(await devCert("--client", "alice"), 0);
  const ca = read("ca");
  const server = await start({ tls: { cert: read("cert"), key: read("key"), clientCa: ca } });
  t.teardown(() => server.close());
  const alice = { cert: read("alice-cert"), key: read("alice-key") };
  t.ok(await health(server.url, { ca, ...alice }));
  await t.rejects(health(server.url, { ca }), "without a certificate");
  await t.rejects(health(server.url, { ca, cert: read("cert"), key: read("key") }), "with that of a server");
  const own = { cert: new URL("../server/tls-cert.pem", import.meta.url) };
  const foreign = {
    cert: readFileSync(own.cert),
    key: readFileSync(new URL("../server/tls-key.pem", import.meta.url)),
  };
  await t.rejects(health(server.url, { ca, ...foreign }), "with one of somebody else's making");
});

t.test("names that a certificate cannot have", async (t) => {
  for (const args of [["a b"], ["../x"], ["--client", ""], ["--client", "a/b"], ["--client", "a", "b"]]) {
    await t.rejects(
      run(["--dir", dir, ...args]),
      /is no name for a certificate|not for both/,
      args.join(" "),
    );
  }
});
