// Adds to the lock file the packages of other platforms that npm left out.
//
//   node scripts/complete-lock.ts [package-lock.json]
//
// npm drops an optional package from the lock when its registry does not have it,
// as a mirror may have the packages of one platform only; `npm ci` then fails
// everywhere, because the lock is not complete. The entries carry no checksum:
// `npm install` on a machine with the full registry fills it in.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Lock, type LockEntry, missingOptionals } from "./lock-file.ts";

const { positionals } = parseArgs({ allowPositionals: true });
const file = positionals[0] ?? "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8")) as Lock;

const systems = [
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const processors: Readonly<Record<string, string>> = {
  aarch64: "arm64",
  arm: "arm",
  arm64: "arm64",
  armv7: "arm",
  ia32: "ia32",
  loong64: "loong64",
  mips64el: "mips64el",
  ppc64: "ppc64",
  riscv64: "riscv64",
  s390x: "s390x",
  wasm32: "wasm32",
  x64: "x64",
};

for (const { name, version, dev } of missingOptionals(lock)) {
  lock.packages[`node_modules/${name}`] = entry(name, version, dev);
  console.log(`${name} ${version}`);
}
// npm sorts the entries by path, in the order of `localeCompare`.
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")),
);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);

/** What npm would write for a package whose name says its platform. */
function entry(name: string, version: string, dev: boolean): LockEntry {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = words.map((word) => processors[word]).find((processor) => processor !== undefined);
  if (!/^\d/.test(version) || (os === undefined && cpu !== "wasm32") || cpu === undefined) {
    throw new Error(`${name} ${version} does not tell its platform: add it to ${file} by hand`);
  }
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(words.includes("musl") ? { libc: ["musl"] } : {}),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
}
