// Every example of docs/clients.md is run, in clear text or over TLS as it says.
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { certificate, type Example, examplesOf, place, root, run, startBoth } from "./examples.ts";
import { hasTools } from "./scenario.ts";

const tools = process.env.OAKTREE_TEST_TOOLS ?? "/var/tmp/oaktree-test-tools";
const token = "a-token-of-clients-page-test";
const clients = join(root, "test/clients");
const own = `page-${process.pid}`;

/** How an example becomes a program that runs. */
type Runner = (t: Test, code: string) => Promise<string>;

const shell: Runner = (t, code) => run(t, token, "bash", ["-c", code]);
const go =
  (folder: string): Runner =>
  async (t, code) => {
    const file = await place(t, join(clients, folder, "gen", own, "main.go"), code);
    return run(t, token, "go", ["run", join(file, "..")], join(clients, folder));
  };
const node =
  (name: string): Runner =>
  async (t, code) => {
    const file = await place(t, join(root, "test", own, name), code.replace("./gen/", "../../src/gen/"));
    return run(t, token, process.execPath, ["--no-warnings", file]);
  };

const runners: Readonly<Record<string, Runner>> = {
  curl: shell,
  grpcurl: shell,
  "buf curl": shell,
  Python: (t, code) => {
    const program = `import sys; sys.path.insert(0, "test/clients/python/gen")\n${code}`;
    return run(t, token, join(tools, "python/bin/python"), ["-c", program]);
  },
  Go: go("go"),
  "Go, by Connect": go("connect-go"),
  Java: async (t, code) => {
    const folder = await mkdtemp("/tmp/oaktree-java-");
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const file = await place(t, join(folder, "program", "Flavors.java"), code);
    return run(t, token, "java", ["-cp", `${clients}/java/gen/classes:${clients}/java/gen/lib/*`, file]);
  },
  Ruby: (t, code) => run(t, token, "/usr/bin/ruby", ["-I", "test/clients/ruby/gen", "-e", code]),
  "Node, by gRPC": node("example.mjs"),
  "Node and browsers, by Connect": async (t, code) => {
    // What is for a browser is a function, and its transport does in Node as well.
    const call = code.includes("export async function listFlavors")
      ? `\nconsole.log((await listFlavors("http://127.0.0.1:50051", "${token}")).join("\\n"));`
      : "";
    return node("example.ts")(t, here(code + call));
  },
};
const notHere = ["C# / .NET", "C++"];

let addresses = { clear: "", tls: "" };

function here(code: string): string {
  return code
    .replaceAll("127.0.0.1:50051", addresses.clear)
    .replaceAll("oaktree.example:443", addresses.tls)
    .replaceAll("ca.pem", certificate);
}

t.setTimeout(900_000);

if (hasTools) {
  const examples = await examplesOf("docs/clients.md");
  addresses = await startBoth(t, token);
  await run(t, token, "bash", [
    "-c",
    ". test/clients/tools.sh && for client in go connect_go python java ruby; do locked build_$client; done",
  ]);
  const counts = new Map<string, number>();
  for (const { heading, text } of examples.filter((one: Example) => !notHere.includes(one.heading))) {
    const count = (counts.get(heading) ?? 0) + 1;
    counts.set(heading, count);
    t.test(`${heading}, example ${count}`, async (t) => {
      const runner = runners[heading];
      t.ok(runner, "there is a way to run it");
      t.match(await runner?.(t, here(text)), /m1\.nano/, "it lists flavors");
    });
  }
  t.strictSame([...counts.keys()], Object.keys(runners), "no language is without an example");
} else {
  t.comment("left out: the examples of docs/clients.md, for which test/clients/install installs the tools");
}
