import { type DescField, getOption } from "@bufbuild/protobuf";
import { isObject, type JsonObject, type JsonValue } from "../cloud/json.ts";
import { field as fieldOption } from "../gen/oaktree/rest/v1/annotations_pb.js";

/** One place upstream where a field's value may stand. */
export interface Source {
  /** Top-level key. */
  readonly key: string;
  /** Keys below it. Mostly none. */
  readonly below: readonly string[];
}

/** The places where a field's value may stand, best first. */
export function sourcesOf(field: DescField): Source[] {
  const from = getOption(field, fieldOption).from;
  return (from.length > 0 ? from : [field.name]).map(parseSource);
}

/** Parses `zoneState.available`. */
export function parseSource(text: string): Source {
  const [key = "", ...below] = text.split(".");
  return { key, below };
}

/** The value at a place. Undefined and null both mean that there is none. */
export function read(raw: JsonObject, source: Source): JsonValue | undefined {
  let value: JsonValue | undefined = raw[source.key];
  const { below } = source;
  for (let index = 0; index < below.length; index++) {
    value = isObject(value) ? value[below[index] as string] : undefined;
  }
  return value ?? undefined;
}
