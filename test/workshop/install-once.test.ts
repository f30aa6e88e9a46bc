import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";

const scripts = fileURLToPath(new URL("../../scripts/", import.meta.url));

// A make-believe project whose npm, buf and tap only note that they were called.
function project(t: Test) {
  const root = t.testdir({
    bin: { "oaktree.js": "" },
    proto: { "a.proto": "one" },
    "package-lock.json": JSON.stringify({ packages: { "": {}, "node_modules/a": { version: "1.0.0" } } }),
    tools: {
      npm: `#!/bin/sh
echo "npm $1" >> "$PWD/calls"
mkdir -p node_modules/.bin node_modules/a
for tool in buf tap; do
  printf '#!/bin/sh\\necho "%s $1" >> "$PWD/calls"\\nmkdir -p src/gen .tap/plugins\\n' $tool > node_modules/.bin/$tool
done
: > node_modules/.bin/node
chmod +x node_modules/.bin/*
cp package-lock.json node_modules/.package-lock.json
`,
    },
  });
  mkdirSync(`${root}/scripts`);
  cpSync(`${scripts}ensure-installed.mjs`, `${root}/scripts/ensure-installed.mjs`);
  cpSync(`${scripts}install`, `${root}/scripts/install`, { recursive: true });
  chmodSync(`${root}/tools/npm`, 0o755);
  writeFileSync(`${root}/calls`, "");
  return {
    root,
    async run(...args: string[]): Promise<string> {
      const child = spawn(process.execPath, [`${root}/scripts/ensure-installed.mjs`, ...args], {
        env: { PATH: `${root}/tools:/usr/bin:/bin` },
        stdio: ["ignore", "ignore", "pipe"],
      });
      const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
      return code === 0 ? "" : said;
    },
    /** What was called since the last time. */
    calls(): string[] {
      const lines = readFileSync(`${root}/calls`, "utf8").split("\n").slice(0, -1);
      writeFileSync(`${root}/calls`, "");
      return lines;
    },
  };
}

t.test("a clone is installed, and what is asked for is made, once", async (t) => {
  const { run, calls } = project(t);
  t.equal(await run("tap"), "");
  t.strictSame(calls(), ["npm ci", "buf generate", "tap build"]);
  t.equal(await run("tap"), "");
  t.strictSame(calls(), []);
});

t.test("a changed schema is generated anew, and nothing else done", async (t) => {
  const { root, run, calls } = project(t);
  await run();
  calls();
  appendFileSync(`${root}/proto/a.proto`, "two");
  await run();
  t.strictSame(calls(), ["buf generate"]);
});

t.test("a lost result is made anew", async (t) => {
  const { root, run, calls } = project(t);
  await run();
  calls();
  rmSync(`${root}/src/gen`, { recursive: true });
  await run();
  t.strictSame(calls(), ["buf generate"]);
});

t.test("packages are installed anew when the lock file asks for others", async (t) => {
  const { root, run, calls } = project(t);
  await run();
  calls();
  const lock = { packages: { "": {}, "node_modules/a": { version: "2.0.0" } } };
  writeFileSync(`${root}/package-lock.json`, JSON.stringify(lock));
  await run();
  t.equal(calls()[0], "npm ci");
});

t.test("packages that came by npm install are not installed again", async (t) => {
  const { root, run, calls } = project(t);
  await run();
  calls();
  const lock = JSON.stringify({ packages: { "": {}, "node_modules/a": { version: "2.0.0" } } });
  writeFileSync(`${root}/package-lock.json`, lock);
  writeFileSync(`${root}/node_modules/.package-lock.json`, lock);
  await run();
  t.notOk(calls().includes("npm ci"));
});

t.test("of two at once one works and the other waits", async (t) => {
  const { run, calls } = project(t);
  t.strictSame(await Promise.all([run("tap"), run("tap")]), ["", ""]);
  t.strictSame(calls(), ["npm ci", "buf generate", "tap build"]);
});

t.test("the lock of a process that died holds nobody up", async (t) => {
  const { root, run, calls } = project(t);
  const dead = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(dead, "exit");
  writeFileSync(`${root}/.install.lock`, `${dead.pid}`);
  t.equal(await run(), "");
  t.equal(calls()[0], "npm ci");
});

t.test("a failure is told, and tried again the next time", async (t) => {
  const { root, run, calls } = project(t);
  const npm = readFileSync(`${root}/tools/npm`, "utf8");
  writeFileSync(`${root}/tools/npm`, "#!/bin/sh\nexit 7\n");
  t.match(await run(), /npm ci .*failed: exit code 7/);
  writeFileSync(`${root}/tools/npm`, npm);
  t.equal(await run(), "");
  t.equal(calls()[0], "npm ci");
});
