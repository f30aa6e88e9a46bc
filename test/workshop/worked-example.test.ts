import { execFile } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { create, createFileRegistry, type FileRegistry, fromBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import t, { type Test } from "tap";
import type { JsonObject } from "../../src/cloud/json.ts";
import { Engine } from "../../src/rest/engine.ts";
import type { UnaryHandler } from "../../src/rest/handler.ts";
import { callTo, FakeRegion } from "../support/fake-region.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const network = "proto/oaktree/v1/network.proto";

t.test("the example in CONTRIBUTING.md is good schema, breaks nothing, and runs", async (t) => {
  const folder = t.testdir();
  for (const path of ["proto", "third_party", "buf.yaml"]) {
    cpSync(`${root}${path}`, `${folder}/${path}`, { recursive: true });
  }
  const [rpcs, messages] = blocks(readFileSync(`${root}CONTRIBUTING.md`, "utf8"));
  const source = readFileSync(`${root}${network}`, "utf8");
  writeFileSync(
    `${folder}/${network}`,
    `${source.replace(/^(service NetworkService \{[\s\S]*?)^\}/m, `$1\n${rpcs}}`)}\n${messages}`,
  );

  const buf = (...args: string[]) =>
    promisify(execFile)(`${root}node_modules/.bin/buf`, args, { cwd: folder, timeout: 120_000 });
  await t.resolves(buf("lint"));
  await t.resolves(buf("format", network, "--exit-code"));
  await t.resolves(buf("breaking", "proto", "--against", "proto/baseline.binpb"));
  await buf("build", "proto", "--as-file-descriptor-set", "-o", "image.binpb");

  const image = fromBinary(FileDescriptorSetSchema, readFileSync(`${folder}/image.binpb`));
  await runs(t, createFileRegistry(image));
});

/** The engine serves the example, without a line of TypeScript for it. */
async function runs(t: Test, registry: FileRegistry): Promise<void> {
  const hook = (raw: JsonObject) => raw;
  const any = new Proxy(
    {},
    { get: () => hook, getOwnPropertyDescriptor: () => ({ configurable: true, value: hook }) },
  );
  const { handlers } = new Engine({
    registry,
    hooks: { prepare: any, complete: any },
    sealKey: new Uint8Array(32),
  });
  const region = new FakeRegion(({ method, body }) =>
    method === "POST"
      ? { address_group: { id: "2", ...(body as { address_group: object }).address_group } }
      : { address_groups: [{ id: "1", name: "office", addresses: ["192.0.2.0/24"], revision_number: 3 }] },
  );
  const call = async (name: string, request: Record<string, unknown>) => {
    const method = registry.getService("oaktree.v1.NetworkService")?.methods.find((one) => one.name === name);
    const handler = handlers.get(`oaktree.v1.NetworkService.${name}`) as UnaryHandler | undefined;
    if (method === undefined || handler === undefined) {
      throw new Error(`${name} is not served`);
    }
    return toJson(method.output, await handler(create(method.input, request), callTo(region)), { registry });
  };
  const location = { cloud: "devstack", region: "RegionOne" };
  t.strictSame(await call("ListAddressGroups", { nameOrId: "off*" }), {
    addressGroups: [
      { location, id: "1", name: "office", cidrs: ["192.0.2.0/24"], properties: { revision_number: 3 } },
    ],
  });
  t.strictSame(await call("CreateAddressGroup", { name: "lab", cidrs: ["198.51.100.0/24"] }), {
    addressGroup: { location, id: "2", name: "lab", cidrs: ["198.51.100.0/24"] },
  });
  t.strictSame(region.requests[1]?.body, { address_group: { name: "lab", addresses: ["198.51.100.0/24"] } });
}

/** The two pieces of schema in the text. */
function blocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```proto\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? "");
}
