import { type DescField, type DescMessage, getOption, hasOption, ScalarType } from "@bufbuild/protobuf";
import t from "tap";
import { type FieldRules, field as rulesOf } from "../../src/gen/buf/validate/validate_pb.js";
import { apiServices } from "../../src/rpc/schema.ts";

t.test("every string, list, map, bytes and number of a request has a bound", async (t) => {
  const messages = new Map<string, DescMessage>();
  const visit = (message: DescMessage): void => {
    if (!messages.has(message.typeName) && message.typeName.startsWith("oaktree.")) {
      messages.set(message.typeName, message);
      for (const { message: child } of message.fields) {
        if (child !== undefined) {
          visit(child);
        }
      }
    }
  };
  for (const { input } of apiServices.flatMap(({ methods }) => methods)) {
    visit(input);
  }
  t.ok(messages.size > 100);
  const missing = [...messages.values()].flatMap(({ typeName, fields }) =>
    fields.flatMap((field) => unbounded(field).map((what) => `${typeName}.${field.name}: ${what}`)),
  );
  t.strictSame(missing, []);
});

function unbounded(field: DescField): string[] {
  const rules = hasOption(field, rulesOf) ? getOption(field, rulesOf) : undefined;
  switch (field.fieldKind) {
    case "scalar":
      // Bytes that stream pass beside their messages, which no rule may ask for (src/transfer/payload-field.ts);
      // what bounds them is the largest message that the router takes.
      if (field.scalar === ScalarType.BYTES && field.oneof !== undefined) {
        return [];
      }
      return isBounded(field.scalar, rules) ? [] : [`a ${ScalarType[field.scalar]} without a bound`];
    case "list": {
      const { value } = rules?.type.case === "repeated" ? rules.type : { value: undefined };
      return [
        ...(value?.maxItems ? [] : ["no max_items"]),
        ...(field.listKind !== "scalar" || isBounded(field.scalar, value?.items)
          ? []
          : ["items without a bound"]),
      ];
    }
    case "map": {
      const { value } = rules?.type.case === "map" ? rules.type : { value: undefined };
      return [
        ...(value?.maxPairs ? [] : ["no max_pairs"]),
        ...(isBounded(field.mapKey, value?.keys) ? [] : ["keys without a bound"]),
        ...(field.mapKind !== "scalar" || isBounded(field.scalar, value?.values)
          ? []
          : ["values without a bound"]),
      ];
    }
    default:
      return [];
  }
}

function isBounded(scalar: ScalarType, rules: FieldRules | undefined): boolean {
  const type = rules?.type;
  switch (scalar) {
    case ScalarType.BOOL:
      return true;
    case ScalarType.STRING:
      return type?.case === "string" && (hasLength(type.value) || isClosed(type.value.pattern));
    case ScalarType.BYTES:
      return type?.case === "bytes" && Boolean(type.value.maxLen || type.value.len);
    default: {
      // A smallest value, or a list of all; the largest is at worst that of the type.
      const value = type?.value as { greaterThan?: { case?: string }; in?: unknown[] } | undefined;
      return value?.greaterThan?.case !== undefined || Boolean(value?.in?.length);
    }
  }
}

function hasLength(rules: { maxLen: bigint; len: bigint; in: readonly string[] }): boolean {
  return Boolean(rules.maxLen || rules.len || rules.in.length);
}

/** Whether a pattern is for the whole string and repeats nothing without end. */
function isClosed(pattern: string): boolean {
  return /^\^.*\$$/.test(pattern) && !/[*+]|,\}/.test(pattern);
}
