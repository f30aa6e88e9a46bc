// Certificates that change while a server runs.

import { once } from "node:events";
import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect, type TLSSocket } from "node:tls";
import t, { type Test } from "tap";
import { makeAuthority, sign } from "../../src/commands/certificates.ts";
import { startCommand } from "../support/command.ts";

const authority = await makeAuthority("renewal");
const first = await sign(authority, { hosts: ["localhost"] });
const second = await sign(authority, { hosts: ["localhost"] });
const ca = authority.cert;

async function serve(t: Test, cert: string, key: string, ...more: string[]) {
  const args = [
    "serve",
    "--sandbox",
    "--listen",
    "127.0.0.1:0",
    "--tls-cert",
    cert,
    "--tls-key",
    key,
    ...more,
  ];
  const run = startCommand(t, args, { HOME: t.testdirName, OAKTREE_TOKEN: "chosen" });
  const [, port] = await run.says(/listens on https:\/\/127\.0\.0\.1:(\d+)/);
  return { run, port: Number(port) };
}

/** The certificate that a new connection gets. */
async function shown(port: number): Promise<string> {
  const socket: TLSSocket = connect({ port, host: "127.0.0.1", servername: "localhost", ca });
  await once(socket, "secureConnect");
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return raw.toString("base64");
}

const der = (pem: string) => pem.replaceAll(/-----[^-]+-----|\s/g, "");

t.test("SIGHUP takes a new pair for new connections; those that are there go on", async (t) => {
  const dir = t.testdir({ "cert.pem": first.cert, "key.pem": first.key });
  const { run, port } = await serve(t, `${dir}/cert.pem`, `${dir}/key.pem`);
  t.equal(await shown(port), der(first.cert));
  const session = connectHttp2(`https://localhost:${port}`, { ca });
  t.teardown(() => session.destroy());
  await once(session, "connect");

  writeFileSync(`${dir}/cert.pem`, second.cert);
  writeFileSync(`${dir}/key.pem`, second.key);
  run.child.kill("SIGHUP");
  await run.logs(/took the certificate of [^ ]*cert\.pem, good until/);
  t.equal(await shown(port), der(second.cert));
  const stream = session.request({ ":path": "/livez" });
  t.equal((await stream.setEncoding("utf8").toArray()).join(""), "ok\n", "by the old connection");
});

t.test("a bad new pair leaves the old one in use, and says so", async (t) => {
  const dir = t.testdir({ "cert.pem": first.cert, "key.pem": first.key });
  const { run, port } = await serve(t, `${dir}/cert.pem`, `${dir}/key.pem`);
  writeFileSync(`${dir}/cert.pem`, second.cert);
  run.child.kill("SIGHUP");
  await run.logs(/kept the certificate as it was: .*are no certificate and its key/);
  t.equal(await shown(port), der(first.cert));
  t.notMatch(run.err(), "PRIVATE KEY");
  writeFileSync(`${dir}/key.pem`, second.key);
  await run.logs(/took the certificate/);
  t.equal(await shown(port), der(second.cert), "the other half was seen when it came");
});

t.test("links that are exchanged, as in Kubernetes, are seen without a signal", async (t) => {
  const dir = t.testdir();
  for (const [name, pair] of Object.entries({ one: first, two: second })) {
    mkdirSync(`${dir}/${name}`);
    writeFileSync(`${dir}/${name}/cert.pem`, pair.cert);
    writeFileSync(`${dir}/${name}/key.pem`, pair.key);
  }
  symlinkSync("one", `${dir}/now`);
  const { run, port } = await serve(t, `${dir}/now/cert.pem`, `${dir}/now/key.pem`);
  t.equal(await shown(port), der(first.cert));
  symlinkSync("two", `${dir}/next`);
  renameSync(`${dir}/next`, `${dir}/now`);
  await run.logs(/took the certificate/);
  t.equal(await shown(port), der(second.cert));
});

t.test("who signs callers' certificates changes too", async (t) => {
  const other = await makeAuthority("other");
  const alice = await sign(other, { caller: "alice" });
  const dir = t.testdir({
    "cert.pem": first.cert,
    "key.pem": first.key,
    "ca.pem": ca,
    "other.pem": other.cert,
  });
  const { run, port } = await serve(
    t,
    `${dir}/cert.pem`,
    `${dir}/key.pem`,
    "--tls-client-ca",
    `${dir}/ca.pem`,
  );
  const get = async () => {
    const session = connectHttp2(`https://localhost:${port}`, { ca, cert: alice.cert, key: alice.key });
    try {
      // Whatever breaks, of session and stream, does so as an error of one of them.
      const broken = once(session, "error").then(([error]) => Promise.reject(error));
      const stream = session.request({ ":path": "/livez" });
      return (await Promise.race([stream.setEncoding("utf8").toArray(), broken])).join("");
    } catch {
      return "";
    } finally {
      session.destroy();
    }
  };
  // In TLS 1.3 a caller is refused when its handshake has ended, which may close the stream without a word.
  t.equal(await get(), "", "alice is not known yet");
  copyFileSync(`${dir}/other.pem`, `${dir}/ca.pem`);
  run.child.kill("SIGHUP");
  await run.logs(/took the certificate/);
  t.equal(await get(), "ok\n");
});
