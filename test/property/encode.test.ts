// What a create sends is what the same object shows when it is read: encoder and decoder agree on every field.
import { type DescField, type DescMethod, getOption, isFieldSet } from "@bufbuild/protobuf";
import fc from "fast-check";
import t from "tap";
import { isFault } from "../../src/cloud/fault.ts";
import { call as callOption } from "../../src/gen/oaktree/rest/v1/annotations_pb.js";
import { compileEncoder } from "../../src/rest/encode.ts";
import { fieldOptions, resourceTable } from "../../src/rest/schema.ts";
import { apiServices } from "../../src/rpc/schema.ts";
import { arbitraryMessage } from "../support/arbitrary-message.ts";

const messages = [...new Set(apiServices.map(({ file }) => file))].flatMap(({ messages }) => messages);
let compared = 0;

for (const method of apiServices.flatMap((service): DescMethod[] => service.methods)) {
  const { kind } = getOption(method, callOption);
  const desc = messages.find(({ typeName }) => typeName === kind.value);
  if (kind.case !== "create" || desc === undefined) {
    continue;
  }
  const table = resourceTable(desc);
  const fields = method.input.fields.filter((field) => isReadBack(field, desc.fields));
  if (fields.length === 0) {
    continue;
  }
  compared += fields.length;
  const others = method.input.fields.filter((field) => !fields.includes(field)).map(({ name }) => name);
  const encode = compileEncoder(method.input, table, others);
  t.test(`${method.name}: ${fields.map(({ name }) => name).join(", ")}`, async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryMessage(method.input), async (request) => {
        const body = await encode(request, noLookUps).then(
          (encoded) => encoded.body,
          (error) => {
            // A number that no word of an enum has.
            if (!isFault(error, "INVALID_REQUEST")) {
              throw error;
            }
          },
        );
        if (body === undefined) {
          return;
        }
        const sent = JSON.parse(JSON.stringify(body));
        const seen = table.decode(sent) as unknown as Record<string, unknown>;
        const said = request as unknown as Record<string, unknown>;
        for (const { localName, name } of fields.filter((field) => isFieldSet(request, field))) {
          if (!isSame(said[localName], seen[localName])) {
            throw new Error(
              `${name} was ${show(said[localName])}, is ${show(seen[localName])} in ${show(sent)}`,
            );
          }
        }
      }),
    );
  });
}

t.ok(compared >= 20, `${compared} fields are compared`);

/** Names are looked up and flat maps spread, so these are not read back; what is of another type is another thing. */
function isReadBack(field: DescField, ofResource: readonly DescField[]): boolean {
  const { ref, flat, query } = fieldOptions(field);
  const twin = ofResource.find(({ name }) => name === field.name);
  const isSimple = field.fieldKind === "scalar" || field.fieldKind === "enum" || field.fieldKind === "list";
  return (
    isSimple &&
    field.message === undefined &&
    twin?.fieldKind === field.fieldKind &&
    (twin.enum ?? twin.scalar) === (field.enum ?? field.scalar) &&
    ref === "" &&
    query === "" &&
    !flat
  );
}

/** JSON's numbers end at 2^53, beyond which no unit of OpenStack's goes. */
function isSame(said: unknown, seen: unknown): boolean {
  if (typeof said === "bigint" && !Number.isSafeInteger(Number(said))) {
    return true;
  }
  return Array.isArray(said) ? show(said) === show(seen) : Object.is(said, seen) || said === seen;
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));
}

function noLookUps(): Promise<never> {
  return Promise.reject(new Error("nothing is looked up"));
}
