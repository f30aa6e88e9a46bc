import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import t from "tap";
import { run as serve } from "../../src/commands/serve.ts";
import { UsageError } from "../../src/commands/usage-error.ts";
import { type Run, startCommand } from "../support/command.ts";

const tlsCert = fileURLToPath(new URL("../server/tls-cert.pem", import.meta.url));
const tlsKey = fileURLToPath(new URL("../server/tls-key.pem", import.meta.url));

const home = t.testdir({
  "clouds.yaml": `clouds:
  lab:
    region_name: RegionOne
    auth: {auth_url: "http://127.0.0.1:1/v3", username: demo, password: s3cret, project_name: demo,
           user_domain_name: Default, project_domain_name: Default}
`,
  "shared.yaml": `clouds:
  lab: {region_name: RegionOne, auth: {auth_url: "http://127.0.0.1:1/v3"}}
`,
  "broken.yaml": "clouds: [",
  "short.key": "c2hvcnQ=",
});
const clouds = `${home}/clouds.yaml`;
// The token is made in here, not in the home of whoever runs the tests.
process.env.XDG_STATE_HOME = `${home}/state`;
delete process.env.OAKTREE_TOKEN;

const oaktree = (args: string[], env: NodeJS.ProcessEnv = {}): Run =>
  startCommand(t, args, { HOME: home, ...env });

t.test("help and version", async (t) => {
  const [help, serveHelp, version, nothing] = ["--help", "serve --help", "--version", ""].map((args) =>
    oaktree(args.split(" ").filter(Boolean)),
  ) as [Run, Run, Run, Run];
  t.strictSame(await Promise.all([help.code, serveHelp.code, version.code, nothing.code]), [0, 0, 0, 0]);
  t.match(help.out(), "oaktree COMMAND");
  t.match(serveHelp.out(), "--listen HOST:PORT");
  t.match(version.out(), /^oaktree \d+\.\d+\.\d+\n$/);
  t.match(nothing.out(), "serve");
});

t.test("each mistake is one clear line", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  t.teardown(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const own = ["--clouds", clouds];
  for (const [args, isUsage, words] of [
    [["--loud"], true, /--loud/],
    [[...own, "--listen", "50051"], true, /HOST:PORT/],
    [[...own, "--listen", "0.0.0.0:0"], true, /listen on 127\.0\.0\.1, or give --tls-cert/],
    [[...own, "--tls-cert", tlsCert], true, /belong together/],
    [[...own, "--limit", "streams=0"], true, /--limit streams must be from 1 to/],
    [[...own, "--log-level", "loud"], true, /--log-level must be one of/],
    [[...own, "--sandbox"], true, /does not go with --clouds/],
    [[...own, "--listen", `127.0.0.1:${port}`], false, /127\.0\.0\.1:\d+: the port is in use/],
    [
      [...own, "--tls-cert", tlsCert, "--tls-key", `${home}/none.pem`],
      false,
      /cannot read .*none\.pem: ENOENT/,
    ],
    [[...own, "--tls-cert", tlsKey, "--tls-key", tlsCert], false, /no certificate and its key/],
    [[...own, "--key-file", `${home}/short.key`], false, /32 bytes in base64/],
    [["--clouds", `${home}/none.yaml`], false, /none\.yaml/],
    [["--clouds", `${home}/broken.yaml`], false, /broken\.yaml/],
  ] as const) {
    const error = await serve([...args]).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
    t.match(error?.message, words);
    t.notMatch(error?.message, "\n", "one line");
    t.equal(
      error instanceof UsageError || error?.code?.startsWith("ERR_PARSE_ARGS") === true,
      isUsage,
      args.join(" "),
    );
  }
});

t.test("the exit code tells a wrong command line from other failures", async (t) => {
  const runs = [["dance"], ["serve", "--loud"], ["serve", "--clouds", `${home}/none.yaml`]].map((args) =>
    oaktree(args),
  );
  t.strictSame(await Promise.all(runs.map(({ code }) => code)), [2, 2, 1]);
  for (const run of runs) {
    t.match(run.err(), /^oaktree: [^\n]+\n$/, "one line");
    t.equal(run.out(), "");
  }
});

t.test("it says where it listens and how to call it, keeps its token, and stops when asked", async (t) => {
  const first = oaktree(["serve", "--clouds", clouds, "--listen", "127.0.0.1:0"]);
  const [, url] = await first.says(/^Oaktree listens on (http:\/\/127\.0\.0\.1:\d+) and serves lab\n/);
  const [, token = ""] = await first.says(/#token=([\w-]{43})\n/);
  const file = `${home}/.local/state/oaktree/token`;
  t.equal(readFileSync(file, "utf8").trim(), token);
  t.equal(statSync(file).mode & 0o777, 0o600);

  const curl = /^ {2}(curl .*)$/m.exec(first.out())?.[1] ?? "";
  const pasted = spawn("sh", ["-c", curl], { stdio: ["ignore", "pipe", "inherit"] });
  const answer = (await pasted.stdout.setEncoding("utf8").toArray()).join("");
  t.match(answer, /"code":"unavailable"|"unreachable"/, `it reached the cloud of ${url}, which is not there`);

  first.child.kill("SIGTERM");
  t.equal(await first.code, 0);
  t.match(first.out(), /SIGTERM: stopping/);
  t.notMatch(first.err(), token, "the log does not have it");

  const second = oaktree(["serve", "--clouds", clouds, "--listen", "127.0.0.1:0"]);
  await second.says(new RegExp(`#token=${token}\n`));
  second.child.kill("SIGINT");
  t.equal(await second.code, 0);
});

t.test("a token that the user chose is used, and not repeated", async (t) => {
  const run = oaktree(["serve", "--clouds", clouds, "--listen", "127.0.0.1:0"], {
    OAKTREE_TOKEN: "chosen-token",
  });
  const [, url] = await run.says(/listens on (\S+)/);
  await run.says(/\$OAKTREE_TOKEN/);
  const response = await fetch(`${url}/oaktree.v1.ComputeService/ListFlavors`, {
    method: "POST",
    headers: { authorization: "Bearer chosen-token", "content-type": "application/json" },
    body: "{}",
  });
  t.not(response.status, 401);
  await response.text();
  run.child.kill("SIGTERM");
  await run.code;
  t.notMatch(run.out() + run.err(), "chosen-token");
});

t.test("in shared use there is no token, and any address may be listened on", async (t) => {
  const run = oaktree(["serve", "--clouds", `${home}/shared.yaml`, "--listen", "0.0.0.0:0"]);
  const [, port] = await run.says(/listens on http:\/\/0\.0\.0\.0:(\d+) and serves lab\n/);
  const response = await fetch(`http://127.0.0.1:${port}/oaktree.v1.ComputeService/ListFlavors`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  t.equal(response.status, 401);
  await response.text();
  run.child.kill("SIGTERM");
  t.equal(await run.code, 0);
  t.notMatch(run.out(), /token|curl/);
});

t.test("a second signal stops at once", async (t) => {
  const run = oaktree(["serve", "--clouds", `${home}/shared.yaml`, "--listen", "127.0.0.1:0"]);
  const [, port] = await run.says(/127\.0\.0\.1:(\d+)/);
  // A call whose request does not end, so that the stop has to wait for it.
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(
    "POST /grpc.health.v1.Health/Check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
      "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
  );
  // By then the server has begun to read the body.
  t.match(String((await once(socket, "data"))[0]), "100 Continue");
  run.child.kill("SIGTERM");
  await run.says(/stopping/);
  const signals = setInterval(() => run.child.kill("SIGTERM"), 100);
  t.equal(await run.code, 1);
  clearInterval(signals);
});
