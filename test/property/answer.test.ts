// Answers are written by tables of our own: to the byte what protobuf-es makes.
import { create, type DescMessage, type Message, toBinary, toJsonString } from "@bufbuild/protobuf";
import fc from "fast-check";
import t from "tap";
import { binaryOf } from "../../src/answer/binary.ts";
import { jsonOf } from "../../src/answer/json.ts";
import { ListServersResponseSchema } from "../../src/gen/oaktree/v1/compute_pb.js";
import { apiServices } from "../../src/rpc/schema.ts";
import { arbitraryMessage } from "../support/arbitrary-message.ts";

const outputs = new Map<string, DescMessage>();
for (const { output, methodKind } of apiServices.flatMap(({ methods }) => methods)) {
  if (methodKind === "unary") {
    outputs.set(output.typeName, output);
  }
}

t.ok(outputs.size >= 50, "there are answers");

for (const desc of outputs.values()) {
  t.test(desc.name, async () => {
    fc.assert(
      fc.property(arbitraryMessage(desc), (message) => {
        same(desc, message);
      }),
    );
  });
}

t.test("text of any length, with halves of surrogate pairs too", async () => {
  const desc = ListServersResponseSchema;
  const text = fc.oneof(
    fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      maxLength: 400,
    }),
    fc
      .tuple(fc.constantFrom("a", "é", "☃", "\u{1f600}"), fc.nat(50_000))
      .map(([unit, count]) => unit.repeat(count)),
  );
  fc.assert(
    fc.property(text, text, (name, key) => {
      const message = create(desc, {
        servers: [{ name, metadata: { [key]: name }, properties: { [key]: name } }],
      });
      same(desc, message);
    }),
  );
});

t.test("times of any second, with and without a fraction", async () => {
  const seconds = fc.oneof(
    fc.bigInt(-62_135_596_800n, 253_402_300_799n),
    fc.constantFrom(-62_135_596_800n, 253_402_300_799n, -1n, 0n, -62_135_596_801n, 253_402_300_800n),
  );
  fc.assert(
    fc.property(seconds, fc.oneof(fc.constant(0), fc.nat(999_999_999)), (whole, nanos) => {
      same(
        ListServersResponseSchema,
        create(ListServersResponseSchema, { servers: [{ createTime: { seconds: whole, nanos } }] }),
      );
    }),
  );
});

t.test("fields that the schema does not know stay", async () => {
  const message = create(ListServersResponseSchema, { servers: [{ name: "a" }] });
  message.$unknown = [{ no: 1000, wireType: 2, data: new Uint8Array([1, 65]) }];
  same(ListServersResponseSchema, message);
});

/** @throws Error unless both ways of writing give the same or both refuse. */
function same(desc: DescMessage, message: Message): void {
  const text = (write: () => Uint8Array | string) => {
    try {
      return Buffer.from(write() as Uint8Array).toString("latin1");
    } catch {
      return "refused";
    }
  };
  const pairs = [
    [text(() => binaryOf(desc, message)), text(() => toBinary(desc, message))],
    [text(() => jsonOf(desc, message)), text(() => toJsonString(desc, message))],
  ];
  for (const [ours, theirs] of pairs) {
    if (ours !== theirs) {
      throw new Error(`${JSON.stringify(ours)} is not ${JSON.stringify(theirs)}`);
    }
  }
}
