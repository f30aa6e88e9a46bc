import {
  type DescEnum,
  type DescField,
  type DescMessage,
  getOption,
  isFieldSet,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { Fault } from "../cloud/fault.ts";
import type { JsonObject, JsonValue } from "../cloud/json.ts";
import { word } from "../gen/oaktree/rest/v1/annotations_pb.js";
import { type Source, sourcesOf } from "./source.ts";

/** The value of a field, in a oneof or not. */
export function fieldValue(message: Message, field: DescField): unknown {
  const fields = message as unknown as Record<string, unknown>;
  if (field.oneof !== undefined) {
    return (fields[field.oneof.localName] as { value?: unknown }).value;
  }
  return fields[field.localName];
}

/** Puts a value where a source says, making the objects on the way. */
export function write(body: JsonObject, source: Source, value: JsonValue): void {
  const keys = [source.key, ...source.below];
  const last = keys.pop() ?? source.key;
  let target = body;
  for (const key of keys) {
    target[key] ??= {};
    target = target[key] as JsonObject;
  }
  target[last] = value;
}

/** How the values of a field are written. */
export function valueEncoder(field: DescField): (value: unknown) => JsonValue {
  switch (field.fieldKind) {
    case "scalar":
      return scalarEncoder(field.scalar);
    case "message":
      return messageEncoder(field.message);
    case "enum":
      return enumEncoder(field.enum);
    case "list": {
      const encode = elementEncoder(field);
      return (value) => (value as unknown[]).map(encode);
    }
    case "map": {
      const encode = elementEncoder(field);
      return (value) =>
        Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, encode(item)]));
    }
  }
}

function elementEncoder(field: DescField & { fieldKind: "list" | "map" }): (value: unknown) => JsonValue {
  if (field.message !== undefined) {
    return messageEncoder(field.message);
  }
  return field.enum !== undefined ? enumEncoder(field.enum) : scalarEncoder(field.scalar);
}

function enumEncoder(desc: DescEnum): (value: unknown) => JsonValue {
  const prefix = (desc.sharedPrefix ?? "").length;
  const words = new Map(
    desc.values.map((value) => [value.number, getOption(value, word) || value.name.slice(prefix)]),
  );
  return (value) => {
    const upstream = words.get(value as number);
    if (upstream === undefined) {
      throw new Fault("INVALID_REQUEST", `${desc.name} has no value ${value}`);
    }
    return upstream;
  };
}

function scalarEncoder(type: ScalarType | undefined): (value: unknown) => JsonValue {
  switch (type) {
    case ScalarType.INT64:
      return (value) => Number(value);
    case ScalarType.BYTES:
      return (value) => Buffer.from(value as Uint8Array).toString("base64");
    case ScalarType.STRING:
    case ScalarType.BOOL:
    case ScalarType.INT32:
    case ScalarType.DOUBLE:
      return (value) => value as JsonValue;
    default:
      throw new Error(`no writer for scalar type ${type}`);
  }
}

function messageEncoder(desc: DescMessage): (value: unknown) => JsonValue {
  switch (desc.typeName) {
    case "google.protobuf.Timestamp":
      return (value) => upstreamTime(value as Timestamp);
    case "google.protobuf.Struct":
      return (value) => value as JsonObject;
  }
  const slots = desc.fields.map((field) => ({
    field,
    source: sourceOf(field),
    encode: valueEncoder(field),
  }));
  return (value) => {
    const body: JsonObject = {};
    for (const { field, source, encode } of slots) {
      if (isFieldSet(value as Message, field)) {
        write(body, source, encode(fieldValue(value as Message, field)));
      }
    }
    return body;
  };
}

/** A time as OpenStack's services take it. @throws Fault `INVALID_REQUEST` for one that only bytes can hold */
export function upstreamTime(time: Timestamp): string {
  const date = timestampDate(time);
  const year = date.getUTCFullYear();
  // What google/protobuf/timestamp.proto allows; JSON holds no other.
  if (!(year >= 1 && year <= 9999)) {
    throw new Fault("INVALID_REQUEST", `a time must be between the years 1 and 9999, not ${time.seconds} s`);
  }
  return date.toISOString();
}

/** The place that a value is written to: the first of its sources. */
export function sourceOf(field: DescField): Source {
  const [source] = sourcesOf(field);
  if (source === undefined) {
    throw new Error(`${field.parent?.typeName}.${field.name} has no upstream name`);
  }
  return source;
}
