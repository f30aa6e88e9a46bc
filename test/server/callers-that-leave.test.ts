import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import t from "tap";
import type { Call } from "../../src/cloud/region.ts";
import { ComputeService, WaitForServerResponseSchema } from "../../src/gen/oaktree/v1/compute_pb.js";
import { ImageService, type UploadImageRequest } from "../../src/gen/oaktree/v1/image_pb.js";
import { handlers, start, transport, ways } from "./harness.ts";

for (const way of ways) {
  t.test(`${way}: the handler's signal aborts when the caller goes away`, async (t) => {
    const called = new Map<string, PromiseWithResolvers<Call>>(
      ["unary", "stream", "upload"].map((kind) => [kind, Promise.withResolvers<Call>()]),
    );
    const cleanedUp = Promise.withResolvers<void>();
    const server = await start({
      handlers: handlers({
        "ComputeService.ListFlavors": (_request, call) => {
          called.get("unary")?.resolve(call);
          return new Promise(() => {});
        },
        "ComputeService.WaitForServer": async function* (_request, call: Call) {
          try {
            called.get("stream")?.resolve(call);
            for (;;) {
              yield create(WaitForServerResponseSchema, { server: { name: "x".repeat(100_000) } });
            }
          } finally {
            cleanedUp.resolve();
          }
        },
        "ImageService.UploadImage": async (requests: AsyncIterable<UploadImageRequest>, call: Call) => {
          for await (const _ of requests) {
            called.get("upload")?.resolve(call);
          }
          return new Promise(() => {});
        },
      }),
    });
    t.teardown(() => server.close());
    const client = createClient(ComputeService, transport(server.url, way));
    const images = createClient(ImageService, transport(server.url, way));
    const leave = new AbortController();
    const options = { signal: leave.signal };

    const stream = client.waitForServer({ nameOrId: "web" }, options)[Symbol.asyncIterator]();
    const upload = async function* () {
      yield { part: { case: "image" as const, value: { name: "cirros" } } };
      await new Promise(() => {});
    };
    const ends = [
      client.listFlavors({}, options),
      images.uploadImage(upload(), options),
      stream.next().then(() => stream.next()),
    ].map((call) =>
      call.then(
        () => {},
        () => {},
      ),
    );
    const calls = await Promise.all([...called.values()].map(({ promise }) => promise));
    leave.abort();
    for (const { signal } of calls) {
      if (!signal.aborted) {
        await new Promise((aborted) => signal.addEventListener("abort", aborted));
      }
      t.ok(signal.aborted);
    }
    await cleanedUp.promise;
    await Promise.all(ends);
    for (const method of ["ListFlavors", "WaitForServer", "UploadImage"]) {
      t.match(await server.line(method), { code: "CANCELLED", reason: "CANCELLED", level: 30 }, method);
    }
  });
}
