import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescOneof,
  type JsonObject,
  type JsonValue,
  ScalarType,
} from "@bufbuild/protobuf";
import { commentOf, type SchemaSource } from "../schema/source.ts";
import { constraintsOf, describe } from "./constraints.ts";

/**
 * Turns messages into JSON Schema, in the JSON of proto3, and remembers which
 * have been named, so that `all` has what the references lead to.
 */
export class Schemas {
  readonly #source: SchemaSource;
  readonly #wanted = new Set<DescMessage | DescEnum>();
  readonly #answered = new Set<DescMessage>();

  /** @param source the schema. */
  constructor(source: SchemaSource) {
    this.#source = source;
  }

  /** A reference to a message or an enum, or the schema itself where the JSON form is not an object of fields. */
  of(type: DescMessage | DescEnum): JsonObject {
    const wellKnown = wellKnownTypes[type.typeName];
    if (wellKnown !== undefined) {
      return wellKnown;
    }
    this.#wanted.add(type);
    return { $ref: `#/components/schemas/${type.typeName}` };
  }

  /** The same for an answer. What is in answers may have more fields one day; requests are taken at their word. */
  ofAnswer(type: DescMessage): JsonObject {
    this.#addAnswer(type);
    return this.of(type);
  }

  #addAnswer(type: DescMessage): void {
    if (!this.#answered.has(type)) {
      this.#answered.add(type);
      for (const { message } of type.fields) {
        if (message !== undefined) {
          this.#addAnswer(message);
        }
      }
    }
  }

  /** Every schema that was referred to, and what these refer to, by name. */
  all(): JsonObject {
    const made = new Map<string, JsonValue>();
    // A set hands out what is added while it is read.
    for (const type of this.#wanted) {
      made.set(type.typeName, type.kind === "message" ? this.#message(type) : this.#enumeration(type));
    }
    return Object.fromEntries([...made].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #message(message: DescMessage): JsonObject {
    const properties: JsonObject = {};
    const required: string[] = [];
    for (const field of message.fields) {
      const { keywords, items, notes, isRequired } = constraintsOf(this.#source, field);
      properties[field.jsonName] = {
        ...this.#field(field, items),
        ...keywords,
        description: describe(field, notes),
        ...(field.deprecated && { deprecated: true }),
      };
      if (isRequired) {
        required.push(field.jsonName);
      }
    }
    const oneofs = message.oneofs.map((oneof) => this.#oneof(oneof));
    const rules = this.#source.annotation(message, "buf.validate.message").cel;
    const notes = (Array.isArray(rules) ? rules : []).map((rule) => `Rule: ${(rule as JsonObject).message}.`);
    return {
      type: "object",
      description: [commentOf(message), ...notes].join("\n\n"),
      properties,
      ...(required.length > 0 && { required }),
      ...(oneofs.length > 0 && { allOf: oneofs }),
      ...(!this.#answered.has(message) && { additionalProperties: false }),
    };
  }

  /** At most one of the fields, or exactly one. */
  #oneof(oneof: DescOneof): JsonObject {
    const choices = oneof.fields.map(({ jsonName }): JsonObject => ({ required: [jsonName] }));
    const isRequired = this.#source.annotation(oneof, "buf.validate.oneof").required === true;
    return { oneOf: isRequired ? choices : [...choices, { not: { anyOf: choices } }] };
  }

  #field(field: DescField, items: JsonObject): JsonObject {
    switch (field.fieldKind) {
      case "list":
        return { type: "array", items: { ...this.#value(field, field.listKind), ...items } };
      case "map":
        return { type: "object", additionalProperties: { ...this.#value(field, field.mapKind), ...items } };
      default:
        return this.#value(field, field.fieldKind);
    }
  }

  #value(field: DescField, kind: "enum" | "message" | "scalar"): JsonObject {
    switch (kind) {
      case "enum":
      case "message":
        return this.of((field.enum ?? field.message) as DescMessage | DescEnum);
      case "scalar":
        return scalars[field.scalar as ScalarType];
    }
  }

  #enumeration(type: DescEnum): JsonObject {
    const values = type.values.map((value) => `- \`${value.name}\`: ${commentOf(value)}`);
    return {
      type: "string",
      description: [commentOf(type), values.join("\n")].join("\n\n"),
      enum: type.values.map(({ name }) => name),
    };
  }
}

const integer = { type: "integer", format: "int32" };
// JavaScript and others lose digits above 2^53, so JSON has 64 bits as text.
const long = { type: "string", format: "int64", pattern: "^-?[0-9]+$" };
const unsignedLong = { type: "string", format: "uint64", pattern: "^[0-9]+$" };
const real = { oneOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity"] }] };

const scalars: Readonly<Record<ScalarType, JsonObject>> = {
  [ScalarType.DOUBLE]: real,
  [ScalarType.FLOAT]: real,
  [ScalarType.INT64]: long,
  [ScalarType.SINT64]: long,
  [ScalarType.SFIXED64]: long,
  [ScalarType.UINT64]: unsignedLong,
  [ScalarType.FIXED64]: unsignedLong,
  [ScalarType.INT32]: integer,
  [ScalarType.SINT32]: integer,
  [ScalarType.SFIXED32]: integer,
  [ScalarType.UINT32]: { type: "integer", minimum: 0, maximum: 4294967295 },
  [ScalarType.FIXED32]: { type: "integer", minimum: 0, maximum: 4294967295 },
  [ScalarType.BOOL]: { type: "boolean" },
  [ScalarType.STRING]: { type: "string" },
  [ScalarType.BYTES]: { type: "string", contentEncoding: "base64" },
};

/** Types whose JSON is not an object of their fields (protobuf.dev, "ProtoJSON Format"). */
const wellKnownTypes: Readonly<Record<string, JsonObject>> = {
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
  "google.protobuf.Duration": { type: "string", pattern: "^-?[0-9]+(\\.[0-9]{1,9})?s$" },
  "google.protobuf.FieldMask": { type: "string" },
  "google.protobuf.Struct": { type: "object", additionalProperties: true },
  "google.protobuf.ListValue": { type: "array", items: {} },
  "google.protobuf.Value": {},
  "google.protobuf.Empty": { type: "object" },
  "google.protobuf.Any": {
    type: "object",
    properties: { "@type": { type: "string" } },
    additionalProperties: true,
  },
  "google.protobuf.BoolValue": { type: ["boolean", "null"] },
  "google.protobuf.StringValue": { type: ["string", "null"] },
  "google.protobuf.BytesValue": { type: ["string", "null"], contentEncoding: "base64" },
  "google.protobuf.Int32Value": { ...integer, type: ["integer", "null"] },
  "google.protobuf.UInt32Value": { type: ["integer", "null"], minimum: 0, maximum: 4294967295 },
  "google.protobuf.Int64Value": { ...long, type: ["string", "null"] },
  "google.protobuf.UInt64Value": { ...unsignedLong, type: ["string", "null"] },
  "google.protobuf.FloatValue": { oneOf: [real, { type: "null" }] },
  "google.protobuf.DoubleValue": { oneOf: [real, { type: "null" }] },
};
