import { join } from "node:path";
import t from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { onSandbox, type World } from "../support/worlds.ts";
import { examplesOf, place, root, run } from "./examples.ts";
import { hasTools } from "./scenario.ts";

const tools = process.env.OAKTREE_TEST_TOOLS ?? "/var/tmp/oaktree-test-tools";
const page = await examplesOf("README.md");

/** The README's examples in a language, with the address of a server that runs. */
function examples(wanted: string, { server }: World): string[] {
  return page
    .filter(({ language }) => language === wanted)
    .map(({ text }) => text.replaceAll("127.0.0.1:50051", new URL(server.url).host));
}

t.setTimeout(900_000);

t.test("the example for curl", (t) =>
  onSandbox(t, {}, async (t, world) => {
    const [curl = ""] = examples("sh", world);
    const { flavors } = JSON.parse(await run(t, world.token, "bash", ["-c", curl])) as {
      flavors: { name: string }[];
    };
    t.ok(flavors.some(({ name }) => name === "m1.small"));
    t.notOk(flavors.some(({ name }) => name === "m1.nano"));
  }),
);

t.test("the example for the browser", (t) =>
  onSandbox(t, {}, async (t, world) => {
    const [example = ""] = examples("ts", world);
    const text = example.replace("./gen/", "../../src/gen/");
    const file = await place(t, join(root, "test", `readme-${process.pid}`, "example.ts"), text);
    const { listImages } = (await import(file)) as {
      listImages(url: string, token: string): Promise<string[]>;
    };
    t.ok((await listImages(world.server.url, world.token)).includes("lab-small: 1048576 bytes"));
  }),
);

if (hasTools) {
  t.test("the examples for grpcurl, Python and Go, one after the other", (t) =>
    onSandbox(t, {}, async (t, world) => {
      const grpcurl = examples("sh", world).find((text) => text.startsWith("grpcurl")) ?? "";
      t.match(await run(t, world.token, "bash", ["-c", grpcurl]), /"name": "web-1"/);

      await run(t, world.token, "bash", [
        "-c",
        ". test/clients/tools.sh && locked build_python && locked build_go",
      ]);
      const [python = ""] = examples("python", world);
      const program = `import sys; sys.path.insert(0, "test/clients/python/gen")\n${python}`;
      t.match(
        await run(t, world.token, join(tools, "python/bin/python"), ["-c", program]),
        /ACTIVE .*10\.10\./,
      );

      const [go = ""] = examples("go", world);
      const folder = join(root, "test/clients/go/gen", `readme-${process.pid}`);
      await place(t, join(folder, "main.go"), go);
      const module = join(root, "test/clients/go");
      t.match(await run(t, world.token, "go", ["run", folder], module), /^demo web-1 ACTIVE 10\.10\./m);
      const { servers } = await world.client(ComputeService).listServers({ location: { cloud: "demo" } });
      t.equal(servers.length, 1);
    }),
  );
} else {
  t.comment(
    "left out: the examples for grpcurl, Python and Go, for which test/clients/install installs the tools",
  );
}
