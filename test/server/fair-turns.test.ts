// Transfers at full speed leave the event loop to others after some bytes.
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import t from "tap";
import {
  ImageService,
  type UploadImageRequest,
  UploadImageResponseSchema,
} from "../../src/gen/oaktree/v1/image_pb.js";
import { ByteWire } from "../../src/wire/byte-wire.ts";
import { handlers, start, transport } from "./harness.ts";

const mebibyte = 1024 * 1024;

/** Counts bytes by the turns of the event loop in which they come. */
class Turns {
  most = 0;
  #bytes = 0;

  add(bytes: number): void {
    if (this.#bytes === 0) {
      setImmediate(() => {
        this.most = Math.max(this.most, this.#bytes);
        this.#bytes = 0;
      });
    }
    this.#bytes += bytes;
  }
}

for (const way of ["gRPC", "Connect"] as const) {
  t.test(`uploads by ${way}`, async (t) => {
    const turns = new Turns();
    const own = handlers({
      "ImageService.UploadImage": async (requests: AsyncIterable<UploadImageRequest>) => {
        for await (const { part } of requests) {
          turns.add(part.case === "data" ? part.value.length : 0);
        }
        return create(UploadImageResponseSchema);
      },
    });
    const server = await start({ handlers: own });
    t.teardown(() => server.close());
    const upload = async function* () {
      for (let sent = 0; sent < 8; sent += 1) {
        yield { part: { case: "data" as const, value: new Uint8Array(mebibyte) } };
      }
    };
    const clients = Array.from({ length: 8 }, () => createClient(ImageService, transport(server.url, way)));
    await Promise.all(clients.map((client) => client.uploadImage(upload())));
    // 1 MiB for all, and what one read gives each beyond its share.
    t.ok(turns.most <= 3 * mebibyte, `${turns.most} bytes in one turn`);
  });
}

t.test("downloads", async (t) => {
  const size = 16 * mebibyte;
  const upstream = createHttpServer((_request, response) => {
    response.writeHead(200, { "content-length": size });
    response.end(Buffer.alloc(size));
  }).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  t.teardown(() => upstream.close());
  const wire = new ByteWire();
  const turns = new Turns();
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const download = async () => {
    const answer = await wire.request({
      origin,
      path: "/",
      method: "GET",
      headers: {},
      signal: new AbortController().signal,
      headTimeoutMs: 0,
      idleTimeoutMs: 0,
    });
    let count = 0;
    for await (const bytes of answer?.body ?? []) {
      turns.add(bytes.length);
      count += bytes.length;
    }
    return count;
  };
  t.strictSame(await Promise.all(Array.from({ length: 8 }, download)), Array(8).fill(size));
  t.ok(turns.most <= 6 * mebibyte, `${turns.most} bytes in one turn`);
});
