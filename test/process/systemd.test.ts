// The unit file, and the words that systemd hears from a service of it.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { startCommand } from "../support/command.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const unit = readFileSync(at("../../deploy/oaktree.service"), "utf8");
const has = (program: string) => spawnSync(program, ["--version"]).status === 0;

/** Waits for words, on a real datagram socket of Unix, which Node has not. */
async function serviceManager(t: Test) {
  // The path of a socket has 107 characters at most.
  const folder = mkdtempSync(join(tmpdir(), "oaktree-notify-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const socket = `${folder}/notify`;
  const peer = spawn("python3", [at("notify-peer.py"), socket], { stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => peer.kill());
  const lines = createInterface(peer.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => (await lines.next()).value ?? "the peer ended";
  t.equal(await next(), "bound");
  return { socket, next };
}

const skip = !(has("python3") && has("systemd-notify")) && "needs python3 and systemd-notify";

t.test("systemd is told that the service is ready, and that it stops", { skip }, async (t) => {
  const { socket, next } = await serviceManager(t);
  const run = startCommand(t, ["serve", "--sandbox", "--listen", "127.0.0.1:0"], {
    HOME: t.testdir(),
    NOTIFY_SOCKET: socket,
    OAKTREE_TOKEN: "chosen",
  });
  t.equal(await next(), "READY=1");
  t.match(await next(), /^STATUS=serves demo on http:\/\/127\.0\.0\.1:\d+$/);
  t.match(run.out(), "listens on", "not before it listens");
  run.child.kill("SIGTERM");
  let line = await next();
  while (line === "BARRIER=1") {
    line = await next();
  }
  t.equal(line, "STOPPING=1");
  t.equal(await run.code, 0);
});

t.test("a manager that cannot be told is a line in the log, and no more", async (t) => {
  const run = startCommand(t, ["serve", "--sandbox", "--listen", "127.0.0.1:0"], {
    HOME: t.testdir(),
    NOTIFY_SOCKET: `${t.testdirName}/nobody`,
    OAKTREE_TOKEN: "chosen",
  });
  await run.logs(/systemd was not told READY=1/);
  run.child.kill("SIGTERM");
  t.equal(await run.code, 0);
});

t.test("the unit starts `oaktree serve` with options that it has, as a notifying service", async (t) => {
  t.match(unit, /^Type=notify$/m);
  t.match(unit, /^NotifyAccess=all$/m, "systemd-notify is another process");
  const command =
    /^ExecStart=\/usr\/bin\/node \/opt\/oaktree\/bin\/oaktree\.js (serve .*)$/m.exec(unit)?.[1] ?? "";
  const run = startCommand(t, [...command.split(" "), "--help"]);
  t.equal(await run.code, 0, run.err());
});

t.test(
  "systemd finds nothing wrong with the unit",
  { skip: !has("systemd-analyze") && "needs systemd" },
  async (t) => {
    const file = `${t.testdir()}/oaktree.service`;
    writeFileSync(file, unit.replace("/usr/bin/node", process.execPath));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", file], {
      encoding: "utf8",
    });
    t.equal(
      stderr
        .split("\n")
        .filter((line) => line.includes("oaktree"))
        .join("\n"),
      "",
    );
    t.equal(status, 0);
  },
);
