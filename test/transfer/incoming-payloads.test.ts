import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import t from "tap";
import {
  ImageService,
  type UploadImageRequest,
  UploadImageRequestSchema,
  UploadImageResponseSchema,
} from "../../src/gen/oaktree/v1/image_pb.js";
import { payloadsOf } from "../../src/rpc/payloads.ts";
import { IncomingPayloads } from "../../src/transfer/incoming-payloads.ts";
import { PayloadField } from "../../src/transfer/payload-field.ts";
import { envelope, inPieces, type Outcome, passing, pattern, run, sizeClasses, types } from "./pipelines.ts";

const method = ImageService.method.uploadImage;
const readMaxBytes = 3_000_000;
/** Field 3, with a length. */
const tag = 0x1a;

interface Seen {
  /** Payloads that follow each other as one, all else as its bytes. */
  parts: (Buffer | string)[];
  outcome: Outcome;
}

async function upload(
  type: string,
  bytes: Uint8Array,
  pieces: readonly number[],
  swap: boolean,
  encoding?: string,
): Promise<Seen> {
  const parts: (Buffer | string)[] = [];
  const handle = async (requests: AsyncIterable<UploadImageRequest>) => {
    let payload: Uint8Array[] = [];
    const flush = () => {
      if (payload.length > 0) {
        parts.push(Buffer.concat(payload));
        payload = [];
      }
    };
    try {
      for await (const message of requests) {
        if (message.part.case === "data" && message.$unknown === undefined && !message.location) {
          payload.push(Buffer.from(message.part.value));
        } else {
          flush();
          parts.push(Buffer.from(toBinary(UploadImageRequestSchema, message)).toString("hex"));
        }
      }
    } finally {
      flush();
    }
    return create(UploadImageResponseSchema);
  };
  const field = PayloadField.of(method.input);
  if (field === undefined) {
    throw new Error("the request has no payload field");
  }
  const outcome = await run(
    method,
    handle as never,
    {
      type,
      readMaxBytes,
      body: swap ? passing(inPieces(bytes, pieces)) : inPieces(bytes, pieces),
      ...(encoding && { encoding }),
    },
    swap ? { incoming: new IncomingPayloads(field, readMaxBytes) } : undefined,
  );
  return { parts, outcome };
}

/** Whether both ways gave the same. Of a payload that breaks off, what came of it was handed on. */
function same(stock: Seen, sliced: Seen): boolean {
  const ending = `${stock.outcome.body} ${stock.outcome.trailer.map((pair) => pair.join(": ")).join("\n")}`;
  const failed = /grpc-status: [1-9]|"error"/.test(ending);
  return (
    (failed || stock.parts.length === sliced.parts.length) &&
    stock.parts.every((part, index) => startsWith(sliced.parts[index], part)) &&
    (failed || stock.parts.every((part, index) => part.length === sliced.parts[index]?.length)) &&
    stock.outcome.body.equals(sliced.outcome.body) &&
    JSON.stringify(stock.outcome.trailer) === JSON.stringify(sliced.outcome.trailer)
  );
}

/**
 * The sizes of the envelopes. The usual way takes apart all that came in one piece
 * before it looks at the first message, so which of two errors it reports, and what
 * it delivers before it, is a matter of chance, unless each envelope comes for itself.
 */
function envelopeSizes(bytes: Buffer): number[] {
  const sizes: number[] = [];
  for (let start = 0; start < bytes.length; ) {
    const size = bytes.length - start < 5 ? 5 : 5 + bytes.readUInt32BE(start + 1);
    sizes.push(size);
    start += size;
  }
  return sizes.length === 0 ? [1] : sizes;
}

function startsWith(whole: Buffer | string | undefined, start: Buffer | string): boolean {
  return whole !== undefined && Buffer.from(whole).subarray(0, start.length).equals(Buffer.from(start));
}

const message = (init: Parameters<typeof create<typeof UploadImageRequestSchema>>[1]) =>
  Buffer.from(toBinary(UploadImageRequestSchema, create(UploadImageRequestSchema, init)));
const data = (size: number, seed = size) =>
  envelope(message({ part: { case: "data", value: pattern(size, seed) } }));
const image = envelope(message({ part: { case: "image", value: { name: "i" } } }));

for (const type of types) {
  t.test(`${type}: every size class comes in as protobuf-es reads it`, async (t) => {
    const bytes = Buffer.concat([image, ...sizeClasses.map((size) => data(size))]);
    for (const pieces of [[bytes.length], [65_536], [16_384, 1, 5], [4095, 7, 2]]) {
      const stock = await upload(type, bytes, pieces, false);
      t.equal(stock.parts.length, 2);
      t.ok(same(stock, await upload(type, bytes, pieces, true)), `in pieces of ${pieces}`);
    }
  });

  t.test(`${type}: whatever comes, in whatever pieces`, async () => {
    const small = fc.constantFrom(...sizeClasses.slice(0, 14)).map((size) => data(size));
    const located = message({ location: { cloud: "c" }, part: { case: "data", value: pattern(9, 9) } });
    const value = message({ part: { case: "data", value: pattern(40, 1) } });
    const odd = fc.constantFrom(
      image,
      envelope(Buffer.alloc(0)),
      // More fields than the payload, before it, behind it, twice.
      envelope(located),
      envelope(Buffer.concat([value, Buffer.of(0xf8, 0x07, 1)])),
      envelope(Buffer.concat([Buffer.of(0xf8, 0x07, 1), value])),
      envelope(Buffer.concat([value, value])),
      // A size in more bytes than it needs.
      envelope(Buffer.of(tag, 0x83, 0, 1, 2, 3)),
      envelope(Buffer.of(tag, 0x83, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 1, 2, 3)),
      // Sizes that do not fit their envelope, wrong types and tags, and halves of a tag.
      envelope(Buffer.of(tag, 4, 1, 2, 3)),
      envelope(Buffer.of(tag, 2, 1, 2, 3)),
      envelope(Buffer.of(tag)),
      envelope(Buffer.of(tag, 0x80)),
      envelope(Buffer.of(0x18, 3)),
      envelope(Buffer.of(0x1b, 3, 1, 2, 3)),
      envelope(Buffer.of(0, 3, 1, 2, 3)),
      envelope(Buffer.of(0x22, 3, 1, 2, 3)),
      // Compressed, both well and not; flags that nobody knows; the end of a Connect stream.
      envelope(gzipSync(value), 1),
      envelope(value, 1),
      envelope(value, 4),
      envelope(Buffer.from("{}"), 2),
      // Too large, and larger than what comes.
      envelope(Buffer.of(tag, 3, 1, 2, 3), 0, readMaxBytes + 1),
      envelope(Buffer.of(tag, 3, 1, 2, 3), 0, 0xffffffff),
      envelope(Buffer.of(tag, 0xe8, 7, 1), 0, 1003),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 2, arbitrary: small }, odd), { maxLength: 6 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 20_000 })), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.option(fc.nat(), { freq: 2 }),
        fc.boolean(),
        async (envelopes, pieces, cut, gzip) => {
          const all = Buffer.concat(envelopes);
          const bytes = cut === null ? all : all.subarray(0, cut % (all.length + 1));
          const encoding = gzip ? "gzip" : undefined;
          // Single bytes of much are slow, and show no more.
          const sizes = bytes.length > 3000 ? [...pieces, 997] : pieces;
          return same(
            await upload(type, bytes, envelopeSizes(bytes), false, encoding),
            await upload(type, bytes, sizes, true, encoding),
          );
        },
      ),
      { numRuns: 150 },
    );
  });
}

t.test("slices are handed on as they come, not gathered", async (t) => {
  const bytes = data(100_000);
  const sizes: number[] = [];
  const payloads = payloadsOf(method, "application/grpc");
  const handle = async (requests: AsyncIterable<UploadImageRequest>) => {
    for await (const { part } of requests) {
      sizes.push(part.case === "data" ? part.value.length : -1);
    }
    return create(UploadImageResponseSchema);
  };
  await run(
    method,
    handle as never,
    { type: "application/grpc", readMaxBytes, body: inPieces(bytes, [40_000]) },
    payloads,
  );
  t.same(sizes, [40_000 - 5 - 4, 40_000, 20_009]);
});
