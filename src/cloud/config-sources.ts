import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { Fault } from "./fault.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";

/** Where to look for configuration. Each has the process's own as its default. */
export interface ConfigOptions {
  /** A clouds.yaml to read instead of searching for one. A secure.yaml beside it counts too. */
  readonly file?: string;
  /** Variables. */
  readonly env?: NodeJS.ProcessEnv;
  /** Working directory. */
  readonly cwd?: string;
  /** Home directory. */
  readonly home?: string;
}

/** One cloud's entry as it was found, not checked yet. */
export interface RawCloud {
  /** The file's path, or `OS_* variables`. */
  readonly source: string;
  /** The entry. */
  readonly entry: JsonValue;
}

/**
 * Finds the clouds in openstacksdk's order (openstack/config/loader.py): the first
 * clouds.yaml found, under the first secure.yaml; besides them the cloud `envvars`,
 * made of OS_* variables, which do not change the clouds of the files. OS_CLOUD
 * leaves only the cloud it names.
 *
 * @throws Fault `CLOUD_MISCONFIGURED` for a file that cannot be read.
 */
export async function findClouds(options: ConfigOptions = {}): Promise<Map<string, RawCloud>> {
  const env = options.env ?? process.env;
  const config = await firstFile(places(options, env, "clouds", env.OS_CLIENT_CONFIG_FILE));
  if (config === undefined && options.file !== undefined) {
    throw unreadable(options.file, "there is no such file");
  }
  const secure = await firstFile(places(options, env, "secure", env.OS_CLIENT_SECURE_FILE));
  const found = new Map<string, RawCloud>();
  const merged = merge(cloudsOf(config), cloudsOf(secure));
  for (const [name, entry] of Object.entries(merged)) {
    found.set(name, { source: (cloudsOf(config)[name] === undefined ? secure : config)?.path ?? "", entry });
  }
  const variables = fromVariables(env);
  if (variables !== undefined && options.file === undefined) {
    const name = env.OS_CLOUD_NAME || "envvars";
    if (found.has(name)) {
      throw unreadable(
        config?.path ?? "",
        `the cloud ${name} would also be made of the OS_* variables; rename one`,
      );
    }
    found.set(name, { source: "OS_* variables", entry: variables });
  }
  return options.file === undefined ? selected(found, env.OS_CLOUD) : found;
}

interface ConfigFile {
  readonly path: string;
  readonly content: JsonObject;
}

function places(options: ConfigOptions, env: NodeJS.ProcessEnv, stem: string, first?: string): string[] {
  if (options.file !== undefined) {
    return stem === "clouds" ? [options.file] : inFolders([dirname(options.file)], stem, first);
  }
  const home = options.home ?? homedir();
  const folders = [
    options.cwd ?? process.cwd(),
    join(env.XDG_CONFIG_HOME || join(home, ".config"), "openstack"),
    join(env.SNAP_REAL_HOME || home, ".config", "openstack"),
    "/etc/xdg/openstack",
    "/etc/openstack",
  ];
  return inFolders(folders, stem, first);
}

function inFolders(folders: string[], stem: string, first?: string): string[] {
  const files = folders.flatMap((folder) =>
    ["yaml", "yml", "json"].map((ending) => join(folder, `${stem}.${ending}`)),
  );
  return first ? [first, ...files] : files;
}

async function firstFile(paths: string[]): Promise<ConfigFile | undefined> {
  for (const path of paths) {
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (code === "ENOENT" || code === "ENOTDIR") {
        continue;
      }
      throw unreadable(path, `cannot be read (${code})`);
    }
    return { path, content: parseFile(path, text) };
  }
  return undefined;
}

function parseFile(path: string, text: string): JsonObject {
  let content: unknown;
  try {
    // PyYAML reads YAML 1.1, where `yes` is true and `<<` merges. The parser's own
    // messages quote the text around the mistake, and so would show secrets.
    content = parse(text, { version: "1.1", logLevel: "error" });
  } catch (error) {
    const at = error instanceof YAMLParseError ? error.linePos?.[0] : undefined;
    throw unreadable(path, at ? `is not YAML at line ${at.line}, column ${at.col}` : "is not YAML");
  }
  if (!isObject(content)) {
    throw unreadable(path, "must be a mapping");
  }
  return content;
}

function cloudsOf(file: ConfigFile | undefined): JsonObject {
  const clouds = file?.content.clouds ?? {};
  if (!isObject(clouds)) {
    throw unreadable(file?.path ?? "", "clouds must be a mapping");
  }
  return clouds;
}

/** Deep-merges mappings; anything else of `over` replaces what `base` has. */
function merge(base: JsonObject, over: JsonObject): JsonObject {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    merged[key] = isObject(old) && isObject(value) ? merge(old, value) : value;
  }
  return merged;
}

function fromVariables(env: NodeJS.ProcessEnv): JsonObject | undefined {
  // Other OS_* variables are often left over from something else; without a Keystone they make no cloud.
  if (!env.OS_AUTH_URL) {
    return undefined;
  }
  const aboutFiles = new Set(["OS_CLOUD", "OS_CLOUD_NAME", "OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE"]);
  const entry: JsonObject = {};
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith("OS_") && value && !aboutFiles.has(name) && !/^OS_(TEST|STD|LOG)/.test(name)) {
      entry[name.slice(3).toLowerCase()] = value;
    }
  }
  return entry;
}

function selected(found: Map<string, RawCloud>, name: string | undefined): Map<string, RawCloud> {
  if (!name) {
    return found;
  }
  const cloud = found.get(name);
  if (cloud === undefined) {
    const known = [...found.keys()].join(", ") || "none";
    throw unreadable("OS_CLOUD", `names the cloud ${name}, which is not configured (there are: ${known})`);
  }
  return new Map([[name, cloud]]);
}

function unreadable(source: string, problem: string): Fault {
  return new Fault("CLOUD_MISCONFIGURED", `${source}: ${problem}`, { metadata: { source } });
}
