import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits for the lock file, which names the process that works, and takes it. A
 * process that died without giving it back holds nobody up.
 */
export async function holdLock(file) {
  let said = false;
  for (;;) {
    const holder = take(file);
    if (holder === undefined) {
      return () => rmSync(file, { force: true });
    }
    if (!isAlive(holder)) {
      breakLock(file, holder);
      continue;
    }
    if (!said) {
      said = true;
      console.error(`oaktree: process ${holder} is installing, waiting for it`);
    }
    await sleep(200);
  }
}

/** Takes the lock, or tells who has it. */
function take(file) {
  // Written first and linked into place, so that nobody ever reads half a lock.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${process.pid}`);
  try {
    linkSync(own, file);
    return undefined;
  } catch (error) {
    if (error.code !== "EEXIST") {
      throw error;
    }
    return readHolder(file);
  } finally {
    rmSync(own, { force: true });
  }
}

/** Who has the lock; 0 when it was given back just now. */
function readHolder(file) {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT") {
      throw error;
    }
    return 0;
  }
}

/** Removes the lock of a dead process, and no other, whoever else tries the same now. */
function breakLock(file, dead) {
  const aside = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, aside);
    if (readHolder(aside) !== dead) {
      linkSync(aside, file);
    }
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") {
      throw error;
    }
  } finally {
    rmSync(aside, { force: true });
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) {
    return false;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, and somebody else's.
    return error.code === "EPERM";
  }
}
