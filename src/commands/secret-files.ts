import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";

/**
 * Reads the keys that seal tokens: one, or two while they are changed, each on a line of
 * its own. Without a file, makes one that is good until the process ends.
 */
export async function readKeys(
  file: string | undefined,
): Promise<readonly [current: Uint8Array, older?: Uint8Array]> {
  if (file === undefined) {
    return [randomBytes(32)];
  }
  const keys = (await readText(file))
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => Buffer.from(line, "base64"));
  const [current, older, ...others] = keys;
  if (current === undefined || others.length > 0 || keys.some(({ length }) => length !== 32)) {
    throw new Error(
      `${file} must hold 32 bytes in base64, as \`openssl rand -base64 32\` makes them; ` +
        "while keys are changed, the new one and the old one, each on its own line",
    );
  }
  return older === undefined ? [current] : [current, older];
}

/** Reads a file as text. @throws Error that names it */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Error(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
