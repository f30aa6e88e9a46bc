import type { DescMessage, Message } from "@bufbuild/protobuf";
import { fillPath } from "../cloud/path.ts";
import type { Resolve } from "./encode.ts";
import { fieldValue } from "./encode-value.ts";
import type { ResourceClient } from "./resource-client.ts";
import { fieldOptions, type ResourceTable } from "./schema.ts";

/** Finds the objects that a resource lies below, and makes the client of that one collection. */
export type Place = (request: Message, resolve: Resolve) => Promise<ResourceClient>;

/** Stands in paths for the calling user, whose id the back door puts in. */
const caller = "caller";

/** The request fields that the path of a resource names: `server` in `/servers/{server}/os-interface`. */
export function parentFields({ options }: ResourceTable): string[] {
  return [...options.path.matchAll(/\{(\w+)\}/g)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== caller);
}

/** Compiles the parents of a resource; undefined for one that lies below nothing. */
export function compilePlace(input: DescMessage, client: ResourceClient): Place | undefined {
  const { table } = client;
  const names = parentFields(table);
  if (names.length === 0) {
    return undefined;
  }
  const parents = names.map((name) => {
    const field = input.fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      throw new Error(`${input.typeName} has no field ${name} for the path ${table.options.path}`);
    }
    return { name, field, ref: fieldOptions(field).ref };
  });
  return async (request, resolve) => {
    const values = await Promise.all(
      parents.map(async ({ name, field, ref }): Promise<[string, string]> => {
        const value = String(fieldValue(request, field));
        return [name, ref === "" ? value : await resolve(ref, value)];
      }),
    );
    const found = Object.fromEntries(values);
    return client.below(
      fillPath(table.options.path, found),
      fillPath(table.options.list || table.options.path, found),
    );
  };
}
