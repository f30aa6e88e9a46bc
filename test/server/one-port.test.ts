import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import t from "tap";
import {
  ComputeService,
  type GetFlavorRequest,
  GetFlavorResponseSchema,
  type WaitForServerRequest,
  WaitForServerResponseSchema,
} from "../../src/gen/oaktree/v1/compute_pb.js";
import {
  ImageService,
  type UploadImageRequest,
  UploadImageResponseSchema,
} from "../../src/gen/oaktree/v1/image_pb.js";
import { handlers, plain, start, transport, ways } from "./harness.ts";

const server = await start({
  handlers: handlers({
    "ComputeService.GetFlavor": async ({ nameOrId }: GetFlavorRequest) =>
      create(GetFlavorResponseSchema, { flavor: { name: nameOrId } }),
    "ComputeService.WaitForServer": async function* ({ nameOrId }: WaitForServerRequest) {
      yield create(WaitForServerResponseSchema, { server: { name: nameOrId } });
      yield create(WaitForServerResponseSchema, { server: { name: nameOrId }, done: true });
    },
    "ImageService.UploadImage": async (requests: AsyncIterable<UploadImageRequest>) => {
      let sizeBytes = 0n;
      for await (const { part } of requests) {
        sizeBytes += part.case === "data" ? BigInt(part.value.length) : 0n;
      }
      return create(UploadImageResponseSchema, { image: { sizeBytes } });
    },
  }),
});
t.teardown(() => server.close());

for (const way of ways) {
  t.test(`${way}: unary calls and both kinds of streams`, async (t) => {
    const compute = createClient(ComputeService, transport(server.url, way));
    const images = createClient(ImageService, transport(server.url, way));

    t.equal((await compute.getFlavor({ nameOrId: "m1.tiny" })).flavor?.name, "m1.tiny");

    const seen: boolean[] = [];
    for await (const { done } of compute.waitForServer({ nameOrId: "web" })) {
      seen.push(done);
    }
    t.strictSame(seen, [false, true]);

    const upload = async function* () {
      yield { part: { case: "image" as const, value: { name: "cirros" } } };
      for (let sent = 0; sent < 5; sent++) {
        yield { part: { case: "data" as const, value: new Uint8Array(300_000) } };
      }
    };
    t.equal((await images.uploadImage(upload())).image?.sizeBytes, 1_500_000n);
  });
}

t.test("plain JSON, by POST and, for what only reads, by GET", async (t) => {
  const posted = await plain(server.url, "/oaktree.v1.ComputeService/GetFlavor", {
    body: '{"nameOrId":"m1.tiny"}',
  });
  t.equal(posted.status, 200);
  t.strictSame(JSON.parse(posted.body), { flavor: { name: "m1.tiny" } });

  const message = encodeURIComponent('{"nameOrId":"m1.tiny"}');
  const query = `?connect=v1&encoding=json&message=${message}`;
  const got = await plain(server.url, `/oaktree.v1.ComputeService/GetFlavor${query}`, { method: "GET" });
  t.equal(got.body, posted.body);

  const deleted = await plain(server.url, `/oaktree.v1.ComputeService/DeleteServer${query}`, {
    method: "GET",
  });
  t.equal(deleted.status, 405, "what changes something is not to be had by GET");
});
