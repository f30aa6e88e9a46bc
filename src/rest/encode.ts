import { type DescField, type DescMessage, isFieldSet, type Message } from "@bufbuild/protobuf";
import { Fault } from "../cloud/fault.ts";
import type { JsonObject, JsonValue } from "../cloud/json.ts";
import { fieldValue, sourceOf, valueEncoder, write } from "./encode-value.ts";
import { fieldOptions, type ResourceTable } from "./schema.ts";
import { type Source, sourcesOf } from "./source.ts";

/** What a request says, in upstream terms. */
export interface Encoded {
  /** Keys of the body. In a change, null stands for a key that is to go. */
  readonly body: JsonObject;
  /** Query parameters. */
  readonly query: Record<string, string>;
  /** The lowest microversion that knows all fields that are set. */
  readonly minMicroversion: string | undefined;
}

/** Finds the id of a resource by name or id; what the engine's look-up does. */
export type Resolve = (typeName: string, nameOrId: string) => Promise<string>;

/** Makes an upstream body and query of a request. */
export type Encoder = (request: Message, resolve: Resolve) => Promise<Encoded>;

/** Request fields that steer the engine and are never sent. */
const steering = new Set([
  "location",
  "name_or_id",
  "allow_missing",
  "filters",
  "jmespath",
  "page_size",
  "page_token",
  "require_all_locations",
]);

const removal = "remove_";

/**
 * Compiles the encoder of a request. A field goes under its own `from`, else
 * under the upstream name that the resource's field of the same name has. Only
 * fields that are set are sent.
 *
 * @param omit Names of fields that the caller sends in its own way.
 */
export function compileEncoder(
  desc: DescMessage,
  resource?: ResourceTable,
  omit: readonly string[] = [],
): Encoder {
  const slots = desc.fields
    .filter(({ name }) => !steering.has(name) && !omit.includes(name))
    .map((field) => slotOf(field, resource));
  const taken = new Set(resource?.desc.fields.flatMap(sourcesOf).map((source) => source.key));
  return async (request, resolve) => {
    const encoded = { body: {} as JsonObject, query: {} as Record<string, string> };
    let minMicroversion: string | undefined;
    const set = slots.filter(({ field }) => isFieldSet(request, field));
    for (const slot of set) {
      if (slot.since !== "" && (minMicroversion === undefined || isNewer(slot.since, minMicroversion))) {
        minMicroversion = slot.since;
      }
    }
    await Promise.all(
      // Async, so that a field that is refused at once leaves no look-up behind whose failure nobody hears.
      set.map(async (slot) => slot.put(encoded, fieldValue(request, slot.field), { resolve, taken })),
    );
    return { ...encoded, minMicroversion };
  };
}

/** Whether a request has fields, besides those omitted, that go into a body. */
export function hasBodyFields(desc: DescMessage, omit: readonly string[]): boolean {
  return desc.fields.some(
    (field) => !steering.has(field.name) && !omit.includes(field.name) && fieldOptions(field).query === "",
  );
}

/** Whether microversion `a` is newer than `b`. */
export function isNewer(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number);
  const [majorB = 0, minorB = 0] = b.split(".").map(Number);
  return majorA === majorB ? minorA > minorB : majorA > majorB;
}

interface Surroundings {
  readonly resolve: Resolve;
  readonly taken: ReadonlySet<string>;
}

interface Slot {
  readonly field: DescField;
  readonly since: string;
  readonly put: (
    into: { body: JsonObject; query: Record<string, string> },
    value: unknown,
    around: Surroundings,
  ) => Promise<void> | void;
}

function slotOf(field: DescField, resource: ResourceTable | undefined): Slot {
  const { query, ref, flat, since } = fieldOptions(field);
  const base = { field, since };
  if (query !== "") {
    return {
      ...base,
      put: ({ query: parameters }, value) => {
        parameters[query] = String(value);
      },
    };
  }
  if (field.name.startsWith(removal)) {
    return {
      ...base,
      put: ({ body }, names, { taken }) => putEach(field, body, names as string[], () => null, taken),
    };
  }
  if (flat) {
    return {
      ...base,
      put: ({ body }, value, { taken }) => {
        const map = value as Record<string, string>;
        putEach(field, body, Object.keys(map), (key) => map[key] ?? null, taken);
      },
    };
  }
  const source = upstreamSource(field, resource);
  if (ref !== "") {
    return {
      ...base,
      put: async ({ body }, value, { resolve }) => {
        const names = Array.isArray(value) ? (value as string[]) : undefined;
        const ids =
          names === undefined
            ? await resolve(ref, value as string)
            : await Promise.all(names.map((name) => resolve(ref, name)));
        write(body, source, ids);
      },
    };
  }
  const encode = valueEncoder(field);
  return {
    ...base,
    put: ({ body }, value) => {
      write(body, source, encode(value));
    },
  };
}

function putEach(
  field: DescField,
  body: JsonObject,
  keys: readonly string[],
  valueAt: (key: string) => JsonValue,
  taken: ReadonlySet<string>,
): void {
  for (const key of keys) {
    if (taken.has(key) || key === "__proto__") {
      const description = `${JSON.stringify(key)} is a field of its own and no property`;
      throw new Fault("INVALID_REQUEST", `${field.name}: ${description}`, {
        fields: [{ field: field.name, description }],
      });
    }
    body[key] = valueAt(key);
  }
}

function upstreamSource(field: DescField, resource: ResourceTable | undefined): Source {
  const inherited = resource?.desc.fields.find((candidate) => candidate.name === field.name);
  const own = fieldOptions(field).from.length > 0 || inherited === undefined;
  return sourceOf(own ? field : inherited);
}
