// The container file: its steps on this machine, and the image where an engine can build it.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { build } from "./stages.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
t.setTimeout(900_000);

t.test("its steps make an Oaktree that runs as nobody, and writes nothing beside /tmp", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "oaktree-container-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const path = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
  // Nothing of this project's own installation may help.
  const made = build(folder, (command, cwd) => {
    execFileSync("sh", ["-ec", command], {
      cwd,
      env: { ...process.env, PATH: path },
      stdio: ["ignore", "ignore", "inherit"],
    });
  });
  const [uid, gid] = made.user.split(":").map(Number);
  t.not(uid, 0, "not root");
  const before = readdirSync(made.folder, { recursive: true }).length;
  for (const name of ["typescript", "tap", "@bufbuild/buf"]) {
    t.notOk(readdirSync(join(made.folder, "node_modules")).includes(name), `${name} is left out`);
  }

  const [program = "", ...args] = made.entrypoint;
  const env = Object.entries({ PATH: path, HOME: "/nonexistent", OAKTREE_TOKEN: "chosen", ...made.env });
  const child = spawn(
    "env",
    [
      "-i",
      ...env.map(([name, value]) => `${name}=${value}`),
      program,
      ...args,
      "--listen=127.0.0.1:0",
      "--sandbox",
    ],
    {
      cwd: made.folder,
      stdio: ["ignore", "pipe", "inherit"],
      ...(process.getuid?.() === 0 && { uid: uid ?? 0, gid: gid ?? 0 }),
    },
  );
  t.teardown(() => child.kill("SIGKILL"));
  let out = "";
  let url: string | undefined;
  child.stdout.setEncoding("utf8");
  for await (const chunk of child.stdout) {
    out += chunk;
    url = /listens on (\S+)/.exec(out)?.[1];
    if (url !== undefined) {
      break;
    }
  }
  const answer = await fetch(`${url}/oaktree.v1.ComputeService/ListFlavors`, {
    method: "POST",
    headers: { authorization: "Bearer chosen", "content-type": "application/json" },
    body: "{}",
  });
  t.match(await answer.json(), { flavors: [{ name: String }] });
  t.match(await (await fetch(`${url}/`)).text(), "<html", "the dashboard is there");
  child.kill("SIGTERM");
  t.strictSame(await once(child, "exit"), [0, null]);
  t.equal(readdirSync(made.folder, { recursive: true }).length, before, "no file was made");
});

const engine = ["docker", "podman"].find((name) => spawnSync(name, ["info"]).status === 0 && isServed(name));

/** The client of docker succeeds without its daemon. */
function isServed(name: string): boolean {
  return spawnSync(name, ["ps"]).status === 0;
}

if (engine === undefined) {
  // Where none can be, in a container itself for one, nothing is kept back that could be run.
  t.comment("left out: the image itself, for no container engine runs here");
} else {
  t.test("the image", (t) => buildAndRun(t, engine));
}

async function buildAndRun(t: Test, engine: string): Promise<void> {
  const name = "oaktree-test";
  const run = (...args: string[]) =>
    execFileSync(engine, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  run("build", "-f", "Containerfile", "-t", name, ".");
  t.teardown(() => run("rmi", "-f", name));
  t.match(run("run", "--rm", "--read-only", name, "--help"), "Usage: oaktree serve");
}
