import { type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence as FieldPresence } from "@bufbuild/protobuf/wkt";
import { isObject, type JsonObject, type JsonValue } from "../cloud/json.ts";
import { enumParser, parseTimestamp, scalarParser } from "./scalar.ts";
import { read, type Source, sourcesOf } from "./source.ts";

/** Makes a message of an upstream object. Loops over tables made at start; no reflection. */
export type Decoder<M extends Message = Message> = (raw: JsonObject) => M;

/** Says, besides the value that was read, whether all of it was. */
interface Reading {
  complete: boolean;
}

// What is read here is most of what lists cost. Loops go by index: an iterator and its results for each
// field of each object were three quarters of all that a list allocated.

/** Reads a value; undefined when it is not of the type. */
type Read = (value: JsonValue, reading: Reading) => unknown;

type Decode = (raw: JsonObject, reading: Reading) => Record<string, unknown>;

interface Slot {
  readonly name: string;
  readonly sources: readonly Source[];
  readonly read: Read;
}

/** What is to be done with a key of the answer: fields hold all of it, or some keys below it; or nobody wants it. */
type Held = "all" | "none" | Set<string>;

/** Keys of the answer that lead nowhere for a user of Oaktree: URLs of the service itself. */
const navigation = new Set(["links", "self", "schema"]);

const compiled = new WeakMap<DescMessage, Decode>();

/**
 * Compiles the decoder of a message. Fields are read from their sources; what no
 * field holds, or what is not of the field's type, goes into the field
 * `properties` where the message has one. `location` is the caller's to fill.
 */
export function compileDecoder(desc: DescMessage): Decoder {
  const decode = compile(desc);
  const reading: Reading = { complete: true };
  return (raw) => decode(raw, reading) as unknown as Message;
}

function compile(desc: DescMessage): Decode {
  const known = compiled.get(desc);
  if (known !== undefined) {
    return known;
  }
  const slots: Slot[] = [];
  const template: [name: string, value: unknown][] = [["$typeName", desc.typeName]];
  const lists: string[] = [];
  const maps: string[] = [];
  let properties: string | undefined;
  for (const field of desc.fields) {
    if (field.name === "location") {
      continue;
    }
    if (
      field.fieldKind === "message" &&
      field.message.typeName === "google.protobuf.Struct" &&
      field.name === "properties"
    ) {
      properties = field.localName;
      continue;
    }
    if (field.oneof !== undefined) {
      throw new Error(`${desc.typeName}.${field.name}: answers with a oneof have a handler of their own`);
    }
    // All names are in the template from the start, so that messages share one hidden class.
    template.push([field.localName, isImplicit(field) ? zero(field) : undefined]);
    slots.push({ name: field.localName, sources: sourcesOf(field), read: fieldReader(field) });
    if (field.fieldKind === "list" || field.fieldKind === "map") {
      (field.fieldKind === "list" ? lists : maps).push(field.localName);
    }
  }
  const expected = expectedKeys(slots);
  const zeros = Object.fromEntries(template);

  const decode: Decode = (raw, reading) => {
    const message: Record<string, unknown> = { ...zeros };
    for (let index = 0; index < lists.length; index++) {
      message[lists[index] as string] = [];
    }
    for (let index = 0; index < maps.length; index++) {
      message[maps[index] as string] = {};
    }
    let unread: Set<string> | undefined;
    const outerComplete = reading.complete;
    reading.complete = true;
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] as Slot;
      const { sources } = slot;
      for (let at = 0; at < sources.length; at++) {
        const source = sources[at] as Source;
        const value = read(raw, source);
        if (value === undefined) {
          continue;
        }
        const parsed = slot.read(value, reading);
        if (parsed !== undefined) {
          message[slot.name] = parsed;
        }
        if (parsed === undefined || !reading.complete) {
          reading.complete = true;
          unread ??= new Set();
          unread.add(source.key);
        }
        break;
      }
    }
    const rest = remainder(raw, expected, unread);
    reading.complete = outerComplete && rest === undefined;
    if (rest !== undefined && properties !== undefined) {
      message[properties] = rest;
    }
    return message;
  };
  compiled.set(desc, decode);
  return decode;
}

/** For each top-level key: whether fields hold all of it, or which keys below it they hold. */
function expectedKeys(slots: readonly Slot[]): Map<string, Held> {
  const expected = new Map<string, Held>();
  for (const { key, below } of slots.flatMap((slot) => slot.sources)) {
    const held = expected.get(key);
    const [first] = below;
    if (first === undefined || below.length > 1) {
      // Deeper paths are told apart no further: nothing in use goes below two levels.
      expected.set(key, first === undefined ? "all" : (held ?? new Set()));
    } else if (held === undefined || held instanceof Set) {
      expected.set(key, (held ?? new Set()).add(first));
    }
  }
  for (const key of navigation) {
    expected.set(key, "none");
  }
  return expected;
}

function remainder(
  raw: JsonObject,
  expected: ReadonlyMap<string, Held>,
  unread: ReadonlySet<string> | undefined,
): JsonObject | undefined {
  let rest: JsonObject | undefined;
  for (const key in raw) {
    const held = expected.get(key);
    if (held === "none" || (held === "all" && (unread === undefined || !unread.has(key)))) {
      continue;
    }
    const value = raw[key];
    if (value !== undefined && !(held instanceof Set && isHeldBelow(value, held))) {
      rest ??= {};
      put(rest, key, value);
    }
  }
  return rest;
}

function isHeldBelow(value: JsonValue, held: ReadonlySet<string>): boolean {
  if (!isObject(value)) {
    return value === null || value === "";
  }
  for (const key in value) {
    if (!held.has(key) && !navigation.has(key)) {
      return false;
    }
  }
  return true;
}

function fieldReader(field: DescField): Read {
  switch (field.fieldKind) {
    case "scalar":
      return scalarParser(field.scalar);
    case "enum":
      return enumParser(field.enum);
    case "message":
      return messageReader(field.message);
    case "list":
      return listReader(elementReader(field));
    case "map":
      return mapReader(elementReader(field));
  }
}

function elementReader(field: DescField & { fieldKind: "list" | "map" }): Read {
  if (field.message !== undefined) {
    return messageReader(field.message);
  }
  return field.enum !== undefined ? enumParser(field.enum) : scalarParser(field.scalar);
}

function messageReader(desc: DescMessage): Read {
  switch (desc.typeName) {
    case "google.protobuf.Timestamp":
      return parseTimestamp;
    case "google.protobuf.Struct":
      return (value) => (isObject(value) ? value : undefined);
  }
  // Messages may hold themselves, so the decoder below is compiled when first used.
  let decode: Decode | undefined;
  return (value, reading) => {
    if (!isObject(value)) {
      return undefined;
    }
    decode ??= compile(desc);
    return decode(value, reading);
  };
}

function listReader(readElement: Read): Read {
  return (value, reading) => {
    if (!Array.isArray(value)) {
      return undefined;
    }
    const list: unknown[] = [];
    for (let index = 0; index < value.length; index++) {
      const element = value[index] ?? null;
      const parsed = element === null ? undefined : readElement(element, reading);
      if (parsed === undefined) {
        reading.complete = false;
      } else {
        list.push(parsed);
      }
    }
    return list;
  };
}

function mapReader(readElement: Read): Read {
  return (value, reading) => {
    if (!isObject(value)) {
      return undefined;
    }
    const map: Record<string, unknown> = {};
    for (const key in value) {
      const element = value[key] ?? null;
      const parsed = element === null ? undefined : readElement(element, reading);
      if (parsed === undefined) {
        reading.complete = false;
      } else {
        put(map, key, parsed);
      }
    }
    return map;
  };
}

/** Assigns; a plain assignment of `__proto__` would set the prototype. */
function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

/** Whether the field is its type's zero when nothing was said, and not unset. */
function isImplicit(field: DescField): boolean {
  return (
    (field.fieldKind === "scalar" || field.fieldKind === "enum") && field.presence === FieldPresence.IMPLICIT
  );
}

function zero(field: DescField): unknown {
  if (field.fieldKind === "enum") {
    return 0;
  }
  switch (field.scalar) {
    case ScalarType.STRING:
      return "";
    case ScalarType.BOOL:
      return false;
    case ScalarType.INT64:
      return 0n;
    default:
      return 0;
  }
}
