import { constants, type FileHandle, mkdir, open, realpath, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { isObject, type JsonObject } from "../cloud/json.ts";
import { type Credentials, entryOf, parseEntry } from "./entry.ts";

/** The entry that is meant where none is named. */
export const usualEntry = "default";

/** Largest file that is read, in bytes. */
const maxBytes = 1024 * 1024;

/** Where the credentials file is: `OAKTREE_CREDENTIALS`, else in the folder of the user's settings. */
export function credentialsPath(env: NodeJS.ProcessEnv = process.env, home = homedir()): string {
  const settings = env.XDG_CONFIG_HOME || join(home, ".config");
  return env.OAKTREE_CREDENTIALS || join(settings, "oaktree", "credentials.json");
}

/**
 * The credentials of programs, in a file that only its owner reads: a JSON object of
 * entries by their names.
 */
export class CredentialsFile {
  /** Where it is. */
  readonly path: string;

  /** Reads nothing yet. */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * One entry; where none is named `default`, or the only one. Undefined where there is
   * no file.
   *
   * @throws Error for a file that others can read or that is not as it should be, and
   *   for an entry that is not there.
   */
  async entry(wanted?: string): Promise<Credentials | undefined> {
    const entries = await this.#read();
    if (entries === undefined) {
      return undefined;
    }
    const names = Object.keys(entries);
    const [only = usualEntry, ...others] = names;
    const name = wanted ?? (names.includes(usualEntry) || others.length > 0 ? usualEntry : only);
    if (!names.includes(name)) {
      throw new Error(
        `${this.path} has no entry ${JSON.stringify(name)}; it has: ${names.join(", ") || "none"}`,
      );
    }
    return this.#parsed(name, entries);
  }

  /** All entries by their names; none where there is no file. @throws Error as `entry` does. */
  async entries(): Promise<ReadonlyMap<string, Credentials>> {
    const entries = (await this.#read()) ?? {};
    return new Map(Object.keys(entries).map((name) => [name, this.#parsed(name, entries)]));
  }

  /**
   * Changes entries; those that `change` does not give stay as they are. While it runs
   * no other process changes the file.
   *
   * @param change gives the entries to write; undefined for one that is to go.
   */
  async update(
    change: (
      entries: ReadonlyMap<string, Credentials>,
    ) => Promise<Readonly<Record<string, Credentials | undefined>>>,
  ): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    // What a link leads to is what is replaced.
    const path = await realpath(this.path).catch(() => this.path);
    const unlock = await lock(`${path}.lock`);
    try {
      const entries = (await this.#read()) ?? {};
      const changed = await change(
        new Map(Object.keys(entries).map((name) => [name, this.#parsed(name, entries)])),
      );
      for (const [name, credentials] of Object.entries(changed)) {
        if (credentials === undefined) {
          delete entries[name];
        } else {
          // Keys that this version does not know stay.
          entries[name] = { ...(isObject(entries[name]) && entries[name]), ...entryOf(credentials) };
        }
      }
      if (Object.keys(changed).length > 0) {
        await replace(path, `${JSON.stringify(entries, undefined, 2)}\n`);
      }
    } finally {
      await unlock();
    }
  }

  async #read(): Promise<JsonObject | undefined> {
    let file: FileHandle;
    try {
      file = await open(this.path, constants.O_RDONLY);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") {
        return undefined;
      }
      throw new Error(`cannot read ${this.path}: ${code}`);
    }
    try {
      const { mode, size } = await file.stat();
      if (process.platform !== "win32" && (mode & 0o077) !== 0) {
        const seen = (mode & 0o777).toString(8).padStart(4, "0");
        throw new Error(
          `${this.path} holds secrets, and others than its owner may use it (mode ${seen}): chmod 600 it`,
        );
      }
      if (size > maxBytes) {
        throw new Error(`${this.path} is no credentials file: it is larger than ${maxBytes} bytes`);
      }
      return this.#object(await file.readFile("utf8"));
    } finally {
      await file.close();
    }
  }

  #object(text: string): JsonObject {
    try {
      const value: unknown = JSON.parse(text);
      if (isObject(value)) {
        return { ...value };
      }
    } catch {
      // The error of JSON.parse repeats a piece of the file.
    }
    throw new Error(`${this.path} must be a JSON object of entries by their names`);
  }

  #parsed(name: string, entries: JsonObject): Credentials {
    try {
      return parseEntry(entries[name]);
    } catch (error) {
      throw new Error(`${this.path}, entry ${JSON.stringify(name)}: ${(error as Error).message}`);
    }
  }
}

/** A file beside it, made by one process at a time. */
async function lock(path: string): Promise<() => Promise<void>> {
  try {
    await (await open(path, "wx", 0o600)).close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "EEXIST"
      ? new Error(`another program changes the credentials file; if none does, delete ${path}`)
      : new Error(`cannot write ${path}: ${code}`);
  }
  return () => rm(path, { force: true });
}

/** Whoever reads meanwhile sees the old file or the new one; a crash leaves one of them. */
async function replace(path: string, text: string): Promise<void> {
  const next = `${path}.new`;
  await rm(next, { force: true });
  const file = await open(next, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(next, path);
}
