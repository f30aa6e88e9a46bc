// Whatever JSON a cloud answers: the decoders make valid messages of it, and lose nothing.
import {
  type DescMessage,
  equals,
  fromBinary,
  fromJson,
  hasOption,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import fc from "fast-check";
import t from "tap";
import type { JsonObject, JsonValue } from "../../src/cloud/json.ts";
import { resource } from "../../src/gen/oaktree/rest/v1/annotations_pb.js";
import { compileDecoder } from "../../src/rest/decode.ts";
import { sourcesOf } from "../../src/rest/source.ts";
import { apiServices } from "../../src/rpc/schema.ts";
import { awkwardText } from "../support/arbitrary-message.ts";

const files = new Set(apiServices.map(({ file }) => file));
const resources = [...files].flatMap(({ messages }) => messages).filter((desc) => hasOption(desc, resource));

/** JSON as parsers make it, so with `__proto__` as a key of its own, and with the words that clouds use. */
const json = fc
  .oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(
      "2026-11-24T01:45:24Z",
      "0001-01-01T00:00:00Z",
      "9999-12-31T23:59:59.999999",
      "True",
      "",
      "ACTIVE",
    ),
    fc.constantFrom(1e308, -1e308, 2 ** 53, -0, 0.1),
    fc.array(fc.dictionary(awkwardText, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }), { maxLength: 3 }),
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);

function answerOf(desc: DescMessage) {
  const known = [...new Set(desc.fields.flatMap(sourcesOf).map(({ key }) => key))];
  const key = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: awkwardText },
  );
  return fc
    .array(fc.tuple(key, json), { maxLength: 12 })
    .map(
      (entries) =>
        JSON.parse(`{${entries.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`)}}`) as JsonObject,
    );
}

t.ok(resources.length >= 20, "the schema has resources");

for (const desc of resources) {
  const decode = compileDecoder(desc);
  const known = new Set(desc.fields.flatMap(sourcesOf).map(({ key }) => key));

  t.test(`${desc.name}: any JSON becomes a message that survives both codecs`, async () => {
    fc.assert(
      fc.property(answerOf(desc), (raw) => {
        const message = decode(raw);
        return (
          equals(desc, message, fromBinary(desc, toBinary(desc, message))) &&
          equals(desc, message, fromJson(desc, toJson(desc, message)))
        );
      }),
    );
  });

  if (desc.fields.some(({ name }) => name === "properties")) {
    t.test(`${desc.name}: what no field is for is in properties, unchanged`, async () => {
      fc.assert(
        fc.property(answerOf(desc), (raw) => {
          const { properties = {} } = decode(raw) as unknown as { properties?: JsonObject };
          const unknown = Object.keys(raw).filter(
            (key) => !known.has(key) && !["links", "self", "schema"].includes(key),
          );
          return unknown.every((key) => JSON.stringify(properties[key]) === JSON.stringify(raw[key]));
        }),
      );
    });
  }
}
