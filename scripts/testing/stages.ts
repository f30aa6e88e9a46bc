import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { command, outputOf } from "./command.ts";
import { type Count, countSuite, countTap, nothing } from "./count.ts";
import { folderOfOutages, foldersOfRealParts } from "./left-out.ts";
import { shareProcesses } from "./shared-processes.ts";
import { TapOutput } from "./tap-output.ts";

/** A part of the run. It counts as one check, or as the assertions in it. */
export interface Stage {
  readonly name: string;
  run(): Promise<Count>;
  /** Ends what the stage has started. Called whatever happened. */
  cleanUp?(): Promise<void>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const openstack = "test/openstack/openstack";
// Most processes of the tests load the same modules; compiled once they start in four fifths of the time.
const compileCache = join(root, "node_modules/.cache/oaktree-compiled");

/** What holds for the tree as a whole. */
export const checks: readonly Stage[] = [
  check("types", "tsc", [], 3),
  check("style", "biome", ["check", "."], 3),
  check("schema style", "buf", ["lint"], 3),
  check("schema compatibility", "buf", ["breaking", "proto", "--against", "proto/baseline.binpb"], 3),
];

/** Installs and starts what the tests need besides Node. */
export function realParts(): Stage[] {
  let isOurs = false;
  return [
    check("install OpenStack", openstack, ["install"], 40),
    {
      name: "start OpenStack",
      run: async () => {
        // One that runs already is used, and left running.
        isOurs = !(await command(openstack, ["status"], { minutes: 2, onOutput: () => {} }));
        return counted(await command(openstack, ["up"], { minutes: 15 }));
      },
      cleanUp: async () => {
        if (isOurs) {
          console.log("\n== stop OpenStack");
          await command(openstack, ["down"], { minutes: 5 });
        }
      },
    },
    check("install clients", "test/clients/install", [], 30),
    {
      name: "conformance of the RPC protocols",
      run: async () => {
        let output = "";
        const isGood = await command("test/conformance/run", [], {
          minutes: 30,
          onOutput: (text) => {
            output += text;
            process.stdout.write(text);
          },
        });
        return countSuite(output, isGood);
      },
    },
    check("build the dashboard", "node", ["scripts/ensure-installed.mjs", "web"], 10),
    check("types of the dashboard", "npm", ["--prefix", "web", "run", "--silent", "typecheck"], 5),
  ];
}

/** Tests that end services of the real OpenStack, and start them again. No other test may run meanwhile. */
export function outages(): Stage {
  return { ...tests({ all: true, files: [folderOfOutages], alone: true }), name: "outages" };
}

/** Which tests are run, and how. */
export interface TestOptions {
  /** With those that need real parts, and these must be there. */
  readonly all: boolean;
  /** Files or folders; all if left out. */
  readonly files?: readonly string[];
  /** One after the other, with nothing beside them. */
  readonly alone?: boolean;
}

/** The tests in test/. */
export function tests({ all, files, alone = false }: TestOptions): Stage {
  return {
    name: "tests",
    run: async () => {
      const chosen = testFiles(all, files);
      if (chosen.length === 0) {
        // tap would take "no files" for "all files".
        console.log("there is no such test");
        return counted(false);
      }
      const isShared = !all && files === undefined;
      const output = new TapOutput();
      const flags = [
        "--reporter=tap",
        // What hangs is ended by it, and nothing else: a busy machine takes several times what an idle one does.
        ...(all ? ["--timeout=900"] : isShared ? ["--timeout=300"] : []),
        ...(alone ? ["--jobs=1"] : []),
      ];
      const isGood = await command("tap", [...flags, ...(isShared ? shareProcesses(root, chosen) : chosen)], {
        minutes: all ? 60 : 10,
        env: {
          NODE_COMPILE_CACHE: compileCache,
          ...(all ? await realCloud() : {}),
          ...(alone ? { OAKTREE_TEST_OUTAGES: "1" } : {}),
        },
        onOutput: (text) => process.stdout.write(output.add(text)),
      });
      return verdict(output.text, isGood, all && files === undefined);
    },
  };
}

function testFiles(all: boolean, wanted: readonly string[] = ["test"]): string[] {
  const files = wanted.flatMap((path) => (path.endsWith(".ts") ? [path] : globSync(`${path}/**/*.test.ts`)));
  // Whoever names files wants those.
  if (wanted[0] !== "test") {
    return files.sort();
  }
  const leftOut = all ? [folderOfOutages] : [folderOfOutages, ...foldersOfRealParts];
  return files.filter((file) => !leftOut.some((folder) => file.startsWith(folder))).sort();
}

/** With these variables tests use the cloud and the tools, and fail where they are not there. */
async function realCloud(): Promise<Record<string, string>> {
  const clouds = await outputOf(openstack, ["clouds"]);
  return {
    OAKTREE_TEST_ALL: "1",
    OAKTREE_TEST_OPENSTACK: clouds || join(root, "no-clouds.yaml-for-OpenStack-is-not-up"),
  };
}

function verdict(output: string, isGood: boolean, mustUseOpenstack: boolean): Count {
  const count = countTap(output, isGood);
  if (mustUseOpenstack && !/^\s*ok .*\(openstack\)/m.test(output)) {
    console.log("no test has passed on the real OpenStack");
    return { ...count, failed: count.failed + 1 };
  }
  return count;
}

function check(name: string, program: string, args: readonly string[], minutes: number): Stage {
  return { name, run: async () => counted(await command(program, args, { minutes })) };
}

function counted(isGood: boolean): Count {
  return isGood ? { ...nothing, passed: 1 } : { ...nothing, failed: 1 };
}
