import { create, type MessageInitShape } from "@bufbuild/protobuf";
import fc from "fast-check";
import t from "tap";
import {
  type DownloadImageResponse,
  DownloadImageResponseSchema,
  ImageService,
} from "../../src/gen/oaktree/v1/image_pb.js";
import { payloadsOf } from "../../src/rpc/payloads.ts";
import { envelope, pattern, run, sizeClasses, types } from "./pipelines.ts";

const method = ImageService.method.downloadImage;
type Init = MessageInitShape<typeof DownloadImageResponseSchema>;
const data = (size: number, seed: number): Init => ({
  part: { case: "data", value: pattern(size, seed) },
});

/** The answer with its payloads in its messages, and that with them beside. */
async function both(type: string, messages: readonly Init[]) {
  async function* handle() {
    for (const message of messages) {
      yield create(DownloadImageResponseSchema, message);
    }
  }
  const request = () => ({
    type,
    readMaxBytes: 1000,
    body: (async function* () {
      yield envelope(new Uint8Array());
    })(),
  });
  return [
    await run(method, handle, request()),
    await run(method, handle, request(), payloadsOf(method, type)),
  ] as const;
}

for (const type of types) {
  t.test(`${type}: payloads of every size class go out as protobuf-es writes them`, async (t) => {
    const [stock, swapped] = await both(type, sizeClasses.map(data));
    t.ok(stock.body.length > 10_000_000);
    t.ok(stock.body.equals(swapped.body));
    t.same(stock.trailer, swapped.trailer);
  });

  t.test(`${type}: among other messages, empty ones too, in any order`, async () => {
    const other: Init[] = [
      {},
      { part: { case: "image", value: {} } },
      { part: { case: "image", value: { id: "i", name: "n" } } },
      { part: { case: "digest", value: { algorithm: "sha512", value: "ab" } } },
    ];
    const size = fc.oneof(fc.constantFrom(...sizeClasses.slice(0, 16)), fc.nat(70_000));
    const message = fc.oneof(
      fc.constantFrom(...other),
      fc.tuple(size, fc.nat()).map(([n, seed]) => data(n, seed)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 8 }), async (messages) => {
        const [stock, swapped] = await both(type, messages);
        return stock.body.equals(swapped.body);
      }),
      { numRuns: 60 },
    );
  });
}

t.test("a message with more than a payload goes the usual way", async (t) => {
  const unknown = create(DownloadImageResponseSchema, data(10, 1)) as DownloadImageResponse;
  unknown.$unknown = [{ no: 77, wireType: 0, data: Uint8Array.of(1) }];
  const handle = async function* () {
    yield unknown;
  };
  for (const type of types) {
    const request = () => ({
      type,
      readMaxBytes: 1000,
      body: (async function* () {
        yield envelope(new Uint8Array());
      })(),
    });
    const stock = await run(method, handle, request());
    t.ok(stock.body.equals((await run(method, handle, request(), payloadsOf(method, type))).body));
  }
});

t.test("an error midway is the same", async (t) => {
  const handle = async function* () {
    yield create(DownloadImageResponseSchema, data(300, 1));
    throw new Error("midway");
  };
  for (const type of types) {
    const request = () => ({
      type,
      readMaxBytes: 1000,
      body: (async function* () {
        yield envelope(new Uint8Array());
      })(),
    });
    const stock = await run(method, handle, request());
    const swapped = await run(method, handle, request(), payloadsOf(method, type));
    t.ok(stock.body.equals(swapped.body));
    t.same(stock.trailer, swapped.trailer);
  }
});

t.test("JSON, and RPCs without payloads, keep to the usual way", async (t) => {
  t.equal(payloadsOf(method, "application/connect+json"), undefined);
  t.equal(payloadsOf(method, "application/grpc+json"), undefined);
  t.equal(payloadsOf(ImageService.method.listImages, "application/grpc"), undefined);
  // A unary RPC with a bytes field is read and parsed as a whole.
  t.equal(payloadsOf(ImageService.method.createImage, "application/grpc"), undefined);
});
