import { existsSync, lstatSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { hashOf, holdsLock, readStamp, writeStamp } from "./fresh.mjs";

const schema = ["proto", "third_party", "buf.yaml"];
const conformance = "test/conformance";
const webSources = ["index.html", "public", "src", "package.json", "package-lock.json", "vite.config.ts"];

/**
 * What makes a clone run, in order. Each step knows whether it was done for the
 * files as they are now; the optional ones are done when asked for by name.
 */
export function steps(root) {
  return [
    step(root, {
      name: "packages",
      doing: "installing packages (npm ci)",
      inputs: ["package-lock.json"],
      outputs: ["node_modules/.bin/node", "node_modules/.bin/oaktree"],
      run: (run) => {
        // Packages that came by `npm install NAME` need no second installation.
        if (!holdsLock(root)) {
          run(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
        }
        provideNode(root, run);
        linkCommand(root);
      },
    }),
    step(root, {
      name: "generated",
      doing: "generating code from proto/ (buf generate)",
      inputs: [
        ...schema,
        "buf.gen.yaml",
        `${conformance}/buf.gen.yaml`,
        `${conformance}/proto`,
        "scripts/openapi",
        "scripts/schema",
        "package.json",
        "package-lock.json",
      ],
      outputs: ["src/gen"],
      run: (run) => {
        run("buf", ["generate"]);
        // A package or an image may come without the tests.
        if (existsSync(join(root, conformance))) {
          run("buf", ["generate", "--template", `${conformance}/buf.gen.yaml`]);
        }
      },
    }),
    step(root, {
      name: "tap",
      optional: true,
      doing: "preparing the tests (tap build)",
      inputs: [".taprc", "package-lock.json"],
      outputs: [".tap/plugins"],
      run: (run) => run("tap", ["build"]),
    }),
    step(root, {
      name: "web",
      optional: true,
      doing: "building the dashboard",
      inputs: [...schema, "web/buf.gen.yaml", ...webSources.map((path) => `web/${path}`)],
      outputs: ["web/node_modules", "web/dist/index.html"],
      run: (run) => {
        const folder = join(root, "web");
        if (!holdsLock(folder)) {
          run(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], folder);
        }
        run(npm, ["run", "--silent", "build"], folder);
      },
    }),
  ];
}

const npm = process.platform === "win32" ? "npm.cmd" : "npm";

function step(root, { name, optional = false, doing, inputs, outputs, run }) {
  const hash = () => hashOf(root, inputs);
  return {
    name,
    optional,
    doing,
    run,
    isFresh: () => outputs.every((path) => existsSync(join(root, path))) && readStamp(root, name) === hash(),
    record: () => writeStamp(root, name, hash()),
  };
}

/**
 * The package `node` fetches its program in an install script, which a user's npm
 * may not have run.
 */
function provideNode(root, run) {
  const link = join(root, "node_modules/.bin/node");
  if (existsSync(link)) {
    return;
  }
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) {
    rmSync(link, { force: true });
    symlinkSync(process.execPath, link);
    return;
  }
  run(npm, ["rebuild", "--ignore-scripts=false", "node"]);
  if (!existsSync(link)) {
    throw new Error(`Node ${process.versions.node} is too old, it needs 22.19, and npm did not install one`);
  }
}

/** `npx oaktree` looks here; npm itself links the commands of other packages only. */
function linkCommand(root) {
  const link = join(root, "node_modules/.bin/oaktree");
  if (lstatSync(link, { throwIfNoEntry: false }) === undefined) {
    symlinkSync(join("..", "..", "bin", "oaktree.js"), link);
  }
}
