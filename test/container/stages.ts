import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What the last stage of the Containerfile came to, in folders instead of an image. */
export interface Built {
  /** The working directory in which it starts. */
  readonly folder: string;
  readonly entrypoint: readonly string[];
  /** `UID:GID` */
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Does what the Containerfile says, each stage in a folder of its own, on this machine: it shows that
 * the steps work and leave all that is needed, where there is no engine to build an image.
 */
export function build(folder: string, run: (command: string, cwd: string) => void): Built {
  const text = readFileSync(`${root}Containerfile`, "utf8").replaceAll("\\\n", " ");
  let stage = "";
  let cwd = "/";
  let entrypoint: string[] = [];
  let user = "0:0";
  const env: Record<string, string> = {};
  const inStage = (path: string, name = stage) => join(folder, name, resolve(cwd, path));
  for (const [, word = "", rest = ""] of text.matchAll(/^([A-Z]+) (.*)$/gm)) {
    switch (word) {
      case "FROM":
        stage = / AS (\w+)$/.exec(rest)?.[1] ?? "last";
        cwd = "/";
        break;
      case "WORKDIR":
        cwd = rest;
        mkdirSync(inStage("."), { recursive: true });
        break;
      case "RUN":
        run(rest, inStage("."));
        break;
      case "COPY": {
        const [, from, names = ""] = /^(?:--from=(\w+) )?(.*)$/.exec(rest) ?? [];
        const paths = names.split(" ");
        const to = paths.pop() ?? "";
        for (const path of paths) {
          const target = to.endsWith("/") && path !== "." ? join(to, path) : to;
          copy(from === undefined ? undefined : inStage(path, from), path, inStage(target));
        }
        break;
      }
      case "ENV": {
        const [name = "", value = ""] = rest.split("=");
        env[name] = value;
        break;
      }
      case "USER":
        user = rest;
        break;
      case "ENTRYPOINT":
        entrypoint = JSON.parse(rest) as string[];
        break;
      case "EXPOSE":
        break;
      default:
        throw new Error(`the Containerfile has ${word}, which this test does not know`);
    }
  }
  return { folder: inStage("."), entrypoint, user, env };
}

/** From another stage, or of the context: the files of the repository, less what .dockerignore keeps out. */
function copy(from: string | undefined, path: string, to: string): void {
  if (from !== undefined) {
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    return;
  }
  for (const file of context()) {
    if (path === "." || file === path || file.startsWith(`${path}/`)) {
      const target = path === "." ? join(to, file) : join(to, file.slice(path.length));
      mkdirSync(dirname(target), { recursive: true });
      cpSync(join(root, file), target);
    }
  }
}

function context(): string[] {
  const lines = readFileSync(`${root}.dockerignore`, "utf8").split("\n");
  const allowed = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  return files
    .split("\0")
    .filter((file) => allowed.some((path) => file === path || file.startsWith(`${path}/`)));
}
