import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence as FieldPresence } from "@bufbuild/protobuf/wkt";

/** A message as what it is at run time: its fields by their local names. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether it is a wrapper of a scalar (google/protobuf/wrappers.proto): protobuf-es keeps the values without their messages. */
export function isWrapper({ typeName }: DescMessage): boolean {
  return /^google\.protobuf\.\w+Value$/.test(typeName);
}

/** Whether the field is not written when it has its type's zero, rather than when it is unset. */
export function isImplicit(field: DescField): boolean {
  return field.presence === FieldPresence.IMPLICIT;
}

/** Whether a value is the zero of its type. -0 is none. */
export function isZero(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value === "";
    case "number":
      return Object.is(value, 0);
    case "boolean":
      return !value;
    case "bigint":
      return value === 0n;
    default:
      return value instanceof Uint8Array && value.length === 0;
  }
}

/** Text. @throws TypeError for anything else, which only a defect can bring. */
export function asText(value: unknown): string {
  if (typeof value !== "string") {
    throw new TypeError(`a ${typeof value} stands where text should`);
  }
  return value;
}

/** An integer. @throws TypeError for anything else, which only a defect can bring. */
export function asInteger(value: unknown): number {
  if (!Number.isInteger(value)) {
    throw new TypeError(`a ${typeof value} stands where an integer should`);
  }
  return value as number;
}

/** A number. @throws TypeError for anything else, which only a defect can bring. */
export function asNumber(value: unknown): number {
  if (typeof value !== "number") {
    throw new TypeError(`a ${typeof value} stands where a number should`);
  }
  return value;
}
