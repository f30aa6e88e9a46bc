import { type DescMessage, type Message, type Registry, toJson } from "@bufbuild/protobuf";
import { Fault } from "../cloud/fault.ts";
import { isObject, type JsonObject, type JsonValue } from "../cloud/json.ts";
import { compileGlob } from "./glob.ts";
import { compilePredicate } from "./predicate.ts";

/** What a list request says of the objects that it wants. */
export interface Selection {
  /** Exact name or id, or a glob over them. Empty: all. */
  readonly nameOrId: string;
  /** Values by field name; dots lead into nested messages and maps. */
  readonly filters: Readonly<Record<string, string>>;
  /** JMESPath predicate. Empty: none. */
  readonly jmespath: string;
}

/**
 * Makes a test of normalised messages. Undefined when the selection wants all.
 *
 * @throws Fault `INVALID_REQUEST` or `JMESPATH_INVALID`.
 */
export function compileSelection(
  desc: DescMessage,
  selection: Selection,
  registry: Registry,
): ((message: Message) => boolean) | undefined {
  const tests: ((view: () => JsonObject) => boolean)[] = [];
  if (selection.nameOrId !== "") {
    const wanted = selection.nameOrId;
    const glob = compileGlob(wanted);
    tests.push((view) => {
      const { id, name } = view();
      return [id, name].some((value) => value === wanted || (typeof value === "string" && glob(value)));
    });
  }
  for (const [field, wanted] of Object.entries(selection.filters)) {
    const keys = field.split(".");
    checkField(desc, field, keys);
    tests.push((view) => equals(at(view(), keys), wanted));
  }
  if (selection.jmespath !== "") {
    const predicate = compilePredicate(selection.jmespath);
    tests.push((view) => predicate(view()));
  }
  if (tests.length === 0) {
    return undefined;
  }
  return (message) => {
    let json: JsonObject | undefined;
    const view = () => {
      json ??= normalised(desc, message, registry);
      return json;
    };
    return tests.every((test) => test(view));
  };
}

/** The message as JSON with the field names of the proto files, all fields present. */
function normalised(desc: DescMessage, message: Message, registry: Registry): JsonObject {
  const json = toJson(desc, message, { useProtoFieldName: true, alwaysEmitImplicit: true, registry });
  return isObject(json) ? json : {};
}

function checkField(desc: DescMessage, name: string, keys: readonly string[]): void {
  const field = desc.fields.find((candidate) => candidate.name === keys[0]);
  if (field === undefined) {
    const description = `${JSON.stringify(name)} is no field of ${desc.name}`;
    throw new Fault("INVALID_REQUEST", `filters: ${description}`, {
      fields: [{ field: "filters", description }],
    });
  }
}

function at(json: JsonObject, keys: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = json;
  for (const key of keys) {
    value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

/** Lists are equal to a value when they hold it. */
function equals(value: JsonValue | undefined, wanted: string): boolean {
  if (Array.isArray(value)) {
    return value.some((element) => equals(element, wanted));
  }
  return value !== undefined && value !== null && !isObject(value) && String(value) === wanted;
}
