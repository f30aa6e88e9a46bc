import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A hash of files and of all files in folders, without generated ones. Absent ones count as absent. */
export function hashOf(root, paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    addTo(hash, root, path);
  }
  return hash.digest("hex");
}

function addTo(hash, root, path) {
  const file = join(root, path);
  if (!existsSync(file)) {
    return;
  }
  if (statSync(file).isDirectory()) {
    for (const name of readdirSync(file).sort()) {
      if (name !== "gen") {
        addTo(hash, root, `${path}/${name}`);
      }
    }
    return;
  }
  const content = readFileSync(file);
  hash.update(`${path}\0${content.length}\0`).update(content);
}

/** For which hash the step was last done, if it ever was. */
export function readStamp(root, step) {
  return readStamps(root)[step];
}

/** Notes that the step was done. The note lives in node_modules, and goes with it. */
export function writeStamp(root, step, hash) {
  writeFileSync(stampFile(root), `${JSON.stringify({ ...readStamps(root), [step]: hash }, null, 2)}\n`);
}

function readStamps(root) {
  return readJson(stampFile(root)) ?? {};
}

function stampFile(root) {
  return join(root, "node_modules/.oaktree-installed");
}

/** Whether node_modules has every package of package-lock.json, as npm itself notes there. */
export function holdsLock(folder) {
  const wanted = readJson(join(folder, "package-lock.json"))?.packages;
  const installed = readJson(join(folder, "node_modules/.package-lock.json"))?.packages;
  if (wanted === undefined || installed === undefined) {
    return false;
  }
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === "" ||
      (installed[path] === undefined
        ? optional === true
        : installed[path].version === version && existsSync(join(folder, path))),
  );
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT" || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
