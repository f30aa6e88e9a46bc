import {
  type DescField,
  type DescMessage,
  type DescMethod,
  getOption,
  hasOption,
  type Registry,
} from "@bufbuild/protobuf";
import { literalPath, type Path } from "../cloud/path.ts";
import type { HttpMethod } from "../cloud/region.ts";
import {
  call as callOption,
  type Field as FieldOptions,
  field as fieldOption,
  Paging,
  type Resource as ResourceOptions,
  resource as resourceOption,
} from "../gen/oaktree/rest/v1/annotations_pb.js";
import { compileDecoder, type Decoder } from "./decode.ts";
import { sourcesOf } from "./source.ts";

/** A REST resource as the schema describes it, with its tables made. */
export interface ResourceTable {
  /** The message that stands for it. */
  readonly desc: DescMessage;
  /** What it is called in messages to people: `availability zone`. */
  readonly noun: string;
  /** The annotation. */
  readonly options: ResourceOptions;
  /** Path of the collection. */
  readonly path: Path;
  /** Path of the list call. */
  readonly listPath: Path;
  /** Key that holds the objects of a list answer. Empty: the answer is the list. */
  readonly listKey: string;
  /** Upstream key of the id. */
  readonly idKey: string;
  /** Upstream keys of which one holds the id: Swift's lists have objects and subdirs. */
  readonly idKeys: readonly string[];
  /** Upstream key of the name. */
  readonly nameKey: string;
  /** Upstream keys that hold the project and the zone of an object, for its Location. */
  readonly placeKeys: { readonly project: readonly string[]; readonly zone: readonly string[] };
  /** Whether `limit` and `marker` are understood. */
  readonly takesLimit: boolean;
  /** Makes a message of an upstream object. */
  readonly decode: Decoder;
}

/** What a `call` annotation says, its kind taken apart. */
export interface CallTable {
  /** The RPC. */
  readonly method: DescMethod;
  /** What the call does. */
  readonly kind: "list" | "get" | "create" | "update" | "delete" | "action";
  /** The resource that it is about. */
  readonly resource: ResourceTable;
  /** HTTP method of an action. */
  readonly verb: HttpMethod;
  /** Path below one object, for actions. */
  readonly below: Path;
  /** Key of an action's arguments. */
  readonly key: string;
  /** Keys that lead to the object in the answer. */
  readonly result: readonly string[];
}

/** Makes a resource's tables from its message. */
export function resourceTable(desc: DescMessage): ResourceTable {
  if (!hasOption(desc, resourceOption)) {
    throw new Error(`${desc.typeName} is used as a resource but has no (oaktree.rest.v1.resource)`);
  }
  const options = getOption(desc, resourceOption);
  const keysOf = (name: string): string[] => {
    const field = desc.fields.find((candidate) => candidate.name === name);
    return field === undefined ? [] : sourcesOf(field).map((source) => source.key);
  };
  return {
    desc,
    noun: desc.name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase(),
    options,
    path: literalPath(options.path),
    listPath: literalPath(options.list || options.path),
    listKey: options.listKey || (options.key && `${options.key}s`),
    idKey: keysOf("id")[0] ?? "id",
    idKeys: keysOf("id"),
    nameKey: keysOf("name")[0] ?? "name",
    placeKeys: { project: keysOf("project_id"), zone: keysOf("availability_zone") },
    takesLimit: options.paging !== Paging.UNSPECIFIED,
    decode: compileDecoder(desc),
  };
}

/** Makes the tables of an RPC's `call` annotation; undefined when it has none. */
export function callTable(
  method: DescMethod,
  registry: Registry,
  resourceOf: (desc: DescMessage) => ResourceTable,
): CallTable | undefined {
  if (!hasOption(method, callOption)) {
    return undefined;
  }
  const options = getOption(method, callOption);
  const { case: kind, value: typeName } = options.kind;
  const desc = typeName === undefined ? undefined : registry.getMessage(typeName);
  if (kind === undefined || desc === undefined) {
    throw new Error(
      `${method.parent.typeName}.${method.name}: (oaktree.rest.v1.call) names no known resource`,
    );
  }
  const resource = resourceOf(desc);
  const result = options.result || (kind === "action" ? "" : resource.options.key);
  return {
    method,
    kind,
    resource,
    verb: httpMethod(options.method),
    below: literalPath(options.path || "/action"),
    key: options.key,
    result: result === "" ? [] : result.split("."),
  };
}

function httpMethod(text: string): HttpMethod {
  const known: readonly HttpMethod[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
  const method = known.find((candidate) => candidate === (text || "POST"));
  if (method === undefined) {
    throw new Error(`the schema names an HTTP method ${JSON.stringify(text)}`);
  }
  return method;
}

/** A field's annotation; an empty one where it has none. */
export function fieldOptions(field: DescField): FieldOptions {
  return getOption(field, fieldOption);
}
