import { globSync } from "node:fs";
import { type DescFile, getOption } from "@bufbuild/protobuf";
import { shade } from "../../src/gen/oaktree/rest/v1/annotations_pb.js";

const generated = new URL("../../src/gen/", import.meta.url);

/** The files of Oaktree's own schema. */
export async function readSchema(): Promise<DescFile[]> {
  const files: DescFile[] = [];
  for (const name of globSync("oaktree/**/*_pb.js", { cwd: generated })) {
    const exports = (await import(new URL(name, generated).href)) as Record<string, unknown>;
    files.push(...Object.values(exports).filter(isFile));
  }
  return files;
}

/** The RPC that serves each of shade's operations, by the operation. */
export function rpcsByOperation(schema: readonly DescFile[]): Map<string, string> {
  const rpcs = new Map<string, string>();
  for (const file of schema) {
    for (const service of file.services) {
      for (const method of service.methods) {
        for (const operation of getOption(method, shade)) {
          rpcs.set(operation, `${service.name}.${method.name}`);
        }
      }
    }
  }
  return rpcs;
}

function isFile(value: unknown): value is DescFile {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}
