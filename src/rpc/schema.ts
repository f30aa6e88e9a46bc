import { readdirSync } from "node:fs";
import type { DescFile, DescService } from "@bufbuild/protobuf";

const folder = new URL("../gen/oaktree/v1/", import.meta.url);

/**
 * The generated files of the API. They are found in the folder, so that a new
 * proto file is served without a line of code.
 */
export const apiFiles: readonly DescFile[] = (
  await Promise.all(
    readdirSync(folder)
      .filter((name) => name.endsWith("_pb.js"))
      .map(async (name) => Object.values((await import(new URL(name, folder).href)) as object)),
  )
)
  .flat()
  .filter(isFile);

/** The services of the API. */
export const apiServices: readonly DescService[] = apiFiles.flatMap((file) => file.services);

/** The files together with everything that they import, each once. */
export function withImports(files: readonly DescFile[]): DescFile[] {
  const all = new Map<string, DescFile>();
  const add = (file: DescFile): void => {
    if (!all.has(file.proto.name)) {
      all.set(file.proto.name, file);
      file.dependencies.forEach(add);
    }
  };
  files.forEach(add);
  return [...all.values()];
}

function isFile(value: unknown): value is DescFile {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}
