import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import t from "tap";
import {
  DownloadImageRequestSchema,
  DownloadImageResponseSchema,
  ImageService,
  type UploadImageRequest,
  UploadImageResponseSchema,
} from "../../src/gen/oaktree/v1/image_pb.js";
import { handlers, start, token, transport, ways } from "./harness.ts";

const mebibyte = 1024 * 1024;
const sizes = [0, 1, 127, 128, 16_384, 65_536, mebibyte, mebibyte - 1, 5];
const pieces = sizes.map((size, index) => Buffer.alloc(size, `piece ${index}`));
const whole = createHash("sha256").update(Buffer.concat(pieces)).digest("hex");

const own = {
  "ImageService.DownloadImage": async function* () {
    yield create(DownloadImageResponseSchema, { part: { case: "image", value: { id: "i" } } });
    for (const value of pieces) {
      yield create(DownloadImageResponseSchema, { part: { case: "data", value } });
    }
    yield create(DownloadImageResponseSchema, { part: { case: "digest", value: { value: whole } } });
  },
  "ImageService.UploadImage": async (requests: AsyncIterable<UploadImageRequest>) => {
    const hash = createHash("sha256");
    for await (const { part } of requests) {
      if (part.case === "data") {
        hash.update(part.value);
      }
    }
    return create(UploadImageResponseSchema, { image: { hashValue: hash.digest("hex") } });
  },
};
const tls = {
  cert: readFileSync(new URL("tls-cert.pem", import.meta.url)),
  key: readFileSync(new URL("tls-key.pem", import.meta.url)),
};

for (const secure of [false, true]) {
  t.test(`bytes arrive whole in every protocol, ${secure ? "over TLS" : "in clear"}`, async (t) => {
    const server = await start({ handlers: handlers(own), ...(secure && { tls }) });
    t.teardown(() => server.close());
    for (const way of ways) {
      const client = createClient(
        ImageService,
        transport(
          server.url.replace("127.0.0.1", secure ? "localhost" : "127.0.0.1"),
          way,
          secure ? { ca: tls.cert } : undefined,
        ),
      );
      const hash = createHash("sha256");
      const cases: unknown[] = [];
      for await (const { part } of client.downloadImage({ nameOrId: "i" })) {
        cases.push(part.case === "data" ? part.value.length : part.case);
        if (part.case === "data") {
          hash.update(part.value);
        }
      }
      t.same(cases, ["image", ...sizes, "digest"], way);
      t.equal(hash.digest("hex"), whole, way);
      const { image } = await client.uploadImage(
        (async function* () {
          yield { part: { case: "image" as const, value: { name: "i" } } };
          for (const value of pieces) {
            yield { part: { case: "data" as const, value } };
          }
        })(),
      );
      t.equal(image?.hashValue, whole, way);
    }
    const line = await server.line("ImageService/DownloadImage");
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    t.equal(line.messagesOut, sizes.length + 2);
    t.ok(Number(line.bytesOut) > bytes && Number(line.bytesOut) < bytes + 1000);
    t.equal((await server.line("ImageService/UploadImage")).messagesIn, sizes.length + 1);
  });
}

t.test("who does not read is not written to, and a deadline ends the call all the same", async (t) => {
  let given = 0;
  const left = Promise.withResolvers<void>();
  const endless = async function* () {
    try {
      for (;;) {
        given += 1;
        yield create(DownloadImageResponseSchema, {
          part: { case: "data", value: Buffer.alloc(mebibyte) },
        });
      }
    } finally {
      left.resolve();
    }
  };
  const server = await start({ handlers: handlers({ "ImageService.DownloadImage": endless }) });
  t.teardown(() => server.close());
  const session = connect(server.url);
  t.teardown(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": "/oaktree.v1.ImageService/DownloadImage",
    "content-type": "application/grpc",
    "grpc-timeout": "3S",
    te: "trailers",
    authorization: `Bearer ${token}`,
  });
  stream.on("error", () => undefined);
  const request = toBinary(DownloadImageRequestSchema, create(DownloadImageRequestSchema, { nameOrId: "i" }));
  stream.end(Buffer.concat([Buffer.of(0, 0, 0, 0, request.length), request]));
  await once(stream, "response");
  await left.promise;
  t.ok(given < 16, `${given} MiB were taken`);
});
