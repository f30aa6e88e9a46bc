import { type DescField, type JsonObject, type JsonValue, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { commentOf, type SchemaSource } from "../schema/source.ts";

/** What validation asks of a value: keywords of JSON Schema, and what those cannot say, in words. */
export interface Constraints {
  /** Keywords of the value itself. */
  readonly keywords: JsonObject;
  /** Keywords of the elements of a list or the values of a map. */
  readonly items: JsonObject;
  /** Sentences. */
  readonly notes: readonly string[];
  /** Whether a request without the field is refused. */
  readonly isRequired: boolean;
}

/**
 * Translates a field's protovalidate rules.
 *
 * @throws Error for a rule that has no translation yet, so that none gets lost
 */
export function constraintsOf(source: SchemaSource, field: DescField): Constraints {
  const { required = false, ...kinds } = source.annotation(field, "buf.validate.field");
  const keywords: JsonObject = {};
  const items: JsonObject = {};
  const keys: JsonObject = {};
  const notes: string[] = [];
  for (const [kind, rules] of Object.entries(kinds)) {
    for (const [rule, value] of Object.entries(rules as JsonObject)) {
      const inner = `${kind}.${rule}`;
      if (inner === "repeated.items" || inner === "map.values" || inner === "map.keys") {
        for (const [type, of] of Object.entries(value as JsonObject)) {
          for (const [name, limit] of Object.entries(of as JsonObject)) {
            Object.assign(
              inner === "map.keys" ? keys : items,
              translate(field, `${type}.${name}`, limit, notes),
            );
          }
        }
      } else {
        Object.assign(keywords, translate(field, inner, value, notes));
      }
    }
  }
  if (Object.keys(keys).length > 0) {
    keywords.propertyNames = keys;
  }
  return { keywords, items, notes, isRequired: required === true || refusesDefault(field, keywords) };
}

function translate(field: DescField, rule: string, value: JsonValue, notes: string[]): JsonObject {
  switch (rule) {
    case "string.minLen":
      return { minLength: Number(value) };
    case "string.maxLen":
      return { maxLength: Number(value) };
    case "string.pattern":
      return { pattern: value };
    case "string.in":
    case "int32.in":
      return { enum: value };
    case "bytes.maxLen":
      notes.push(`At most ${value} bytes, before they are encoded.`);
      return { maxLength: Math.ceil(Number(value) / 3) * 4 };
    case "int32.gte":
      return { minimum: value };
    case "int32.lte":
      return { maximum: value };
    case "int64.gte":
      notes.push(`At least ${value}.`);
      return value === "0" ? { pattern: "^[0-9]+$" } : {};
    case "duration.gte":
      notes.push(`At least ${value}.`);
      return value === "0s" ? { pattern: "^[0-9]+(\\.[0-9]{1,9})?s$" } : {};
    case "repeated.minItems":
      return { minItems: Number(value) };
    case "repeated.maxItems":
      return { maxItems: Number(value) };
    case "map.minPairs":
      return { minProperties: Number(value) };
    case "map.maxPairs":
      return { maxProperties: Number(value) };
    case "enum.definedOnly":
      // Each value has a name, and the schema lists the names.
      return {};
    case "enum.notIn":
      return { not: { enum: (value as number[]).map((number) => nameOf(field, number)) } };
    default:
      throw new Error(`${field.toString()}: scripts/openapi has no translation for ${rule}`);
  }
}

/** A field that is unset counts as its default value, unless it can be told to be unset. */
function refusesDefault(field: DescField, keywords: JsonObject): boolean {
  if (field.presence === FeatureSet_FieldPresence.EXPLICIT) {
    return false;
  }
  const { minLength, minimum, minItems, minProperties, not, enum: choices, pattern } = keywords;
  const isText = field.scalar === ScalarType.STRING;
  return (
    [minLength, minimum, minItems, minProperties].some((least) => Number(least ?? 0) > 0) ||
    (field.fieldKind === "enum" && not !== undefined) ||
    (field.fieldKind === "scalar" && Array.isArray(choices) && !choices.includes(isText ? "" : 0)) ||
    (isText && typeof pattern === "string" && !new RegExp(pattern).test(""))
  );
}

function nameOf(field: DescField, number: number): string {
  const name = field.enum?.value[number]?.name;
  if (name === undefined) {
    throw new Error(`${field.toString()}: there is no enum value ${number}`);
  }
  return name;
}

/** The comment of a field with what the keywords cannot say. */
export function describe(field: DescField, notes: readonly string[]): string {
  return [commentOf(field), ...notes].filter(Boolean).join(" ");
}
