import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/**
 * The token that guards personal use: `OAKTREE_TOKEN`, or one that was made on
 * the first start and is kept where only this user reads it, so that clients keep
 * working over restarts.
 *
 * @throws Error when the file cannot be read or written.
 */
export function personalToken(env: NodeJS.ProcessEnv = process.env, home = homedir()): string {
  if (env.OAKTREE_TOKEN) {
    return env.OAKTREE_TOKEN;
  }
  const file = join(env.XDG_STATE_HOME || join(home, ".local", "state"), "oaktree", "token");
  const kept = read(file);
  if (kept !== undefined) {
    return kept;
  }
  const token = randomBytes(32).toString("base64url");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    // Exclusive: of two that start at once, one makes the token and both use it.
    writeFileSync(file, `${token}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const other = (error as NodeJS.ErrnoException).code === "EEXIST" ? read(file) : undefined;
    if (other === undefined) {
      throw error;
    }
    return other;
  }
  return token;
}

function read(file: string): string | undefined {
  try {
    const token = readFileSync(file, "utf8").trim();
    if (!/^[A-Za-z0-9_-]{43}$/.test(token)) {
      throw new Error(`${file} holds no token; delete it, and the next start makes one`);
    }
    return token;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
