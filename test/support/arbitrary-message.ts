import { create, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import fc, { type Arbitrary } from "fast-check";

/** Text that code trips over, beside ordinary names. */
export const awkwardText = fc.oneof(
  fc.constantFrom(
    "..",
    ".",
    "a/b",
    "%2e%2e",
    "a%2Fb",
    "detail",
    "x?y=1",
    "x#y",
    "\\",
    " ",
    "",
    "*",
    "[",
    "naïve ☃",
  ),
  fc.constantFrom(
    "2f4ac0d2-1c5a-4a3b-9d41-0d5d1c4f9f60",
    "__proto__",
    "constructor",
    "0",
    "-1",
    "true",
    "null",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 20 }),
);

/** Messages of a type, with any field set or unset and any value in it. Nested messages end at a depth of three. */
export function arbitraryMessage(desc: DescMessage, depth = 3): Arbitrary<Message> {
  const fields = desc.fields.filter((field) => field.message === undefined || depth > 0);
  const values = Object.fromEntries(
    fields.map((field) => [field.localName, fc.option(fieldValue(field, depth), { nil: undefined })]),
  );
  return fc.record(values).map((init) => {
    const message = create(desc) as Message & Record<string, unknown>;
    for (const field of fields) {
      const value = init[field.localName];
      if (value !== undefined) {
        if (field.oneof === undefined) {
          message[field.localName] = value;
        } else {
          message[field.oneof.localName] = { case: field.localName, value };
        }
      }
    }
    return message;
  });
}

function fieldValue(field: DescField, depth: number): Arbitrary<unknown> {
  switch (field.fieldKind) {
    case "list":
      return fc.array(elementValue(field, depth), { maxLength: 3 });
    case "map":
      return fc.dictionary(awkwardText, elementValue(field, depth), { maxKeys: 3 });
    default:
      return elementValue(field, depth);
  }
}

function elementValue(field: DescField, depth: number): Arbitrary<unknown> {
  if (field.message !== undefined) {
    return messageValue(field.message, depth - 1);
  }
  if (field.enum !== undefined) {
    return fc.oneof(fc.constantFrom(...field.enum.values.map(({ number }) => number)), fc.integer());
  }
  return scalarValue(field.scalar ?? ScalarType.STRING);
}

function messageValue(desc: DescMessage, depth: number): Arbitrary<unknown> {
  switch (desc.typeName) {
    case "google.protobuf.Struct":
      return fc.dictionary(awkwardText, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
    default:
      return arbitraryMessage(desc, depth);
  }
}

function scalarValue(type: ScalarType): Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return awkwardText;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 100 });
    case ScalarType.DOUBLE:
      return fc.double();
    case ScalarType.INT64:
      return fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
    case ScalarType.UINT64:
      return fc.bigInt(0n, 2n ** 64n - 1n);
    case ScalarType.UINT32:
      return fc.nat(2 ** 32 - 1);
    case ScalarType.INT32:
      return fc.integer();
    default:
      throw new Error(`no values for scalar type ${ScalarType[type]}`);
  }
}
