import { once } from "node:events";
import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import t from "tap";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import {
  ImageService,
  type UploadImageRequest,
  UploadImageResponseSchema,
} from "../../src/gen/oaktree/v1/image_pb.js";
import { handlers, plain, start, transport, ways } from "./harness.ts";

let taken = 0;
const server = await start({
  handlers: handlers({
    "ImageService.UploadImage": async (requests: AsyncIterable<UploadImageRequest>) => {
      for await (const _ of requests) {
        taken++;
      }
      return create(UploadImageResponseSchema);
    },
  }),
});
t.teardown(() => server.close());

for (const way of ways) {
  t.test(`${way}: a message over 4 MiB is refused`, async (t) => {
    const client = createClient(ImageService, transport(server.url, way));
    const upload = async function* () {
      yield { part: { case: "data" as const, value: new Uint8Array(5 * 1024 * 1024) } };
    };
    const error = await client.uploadImage(upload()).then(() => undefined, ConnectError.from);
    t.equal(error?.code, Code.ResourceExhausted);
    t.equal(error?.findDetails(ErrorInfoSchema)[0]?.reason, "INVALID_REQUEST");
  });
}

t.test("plain JSON as well, however small it was compressed", async (t) => {
  const path = "/oaktree.v1.ComputeService/ListFlavors";
  const body = JSON.stringify({ jmespath: "x".repeat(5 * 1024 * 1024) });
  t.equal((await plain(server.url, path, { body })).json().code, "resource_exhausted");
  const headers = { "content-encoding": "gzip" };
  t.equal(
    (await plain(server.url, path, { body: gzipSync(body), headers })).json().code,
    "resource_exhausted",
  );
});

t.test("nothing is read of an upload without a credential", async (t) => {
  taken = 0;
  const client = createClient(ImageService, createGrpcTransport({ baseUrl: server.url }));
  let sent = 0;
  const upload = async function* () {
    for (;;) {
      sent++;
      yield { part: { case: "data" as const, value: new Uint8Array(1024 * 1024) } };
    }
  };
  const error = await client.uploadImage(upload()).then(() => undefined, ConnectError.from);
  t.equal(error?.code, Code.Unauthenticated);
  t.equal(taken, 0);
  t.ok(sent < 20, `no more than the windows hold was sent: ${sent} MiB`);
});

t.test("headers have a limit", async (t) => {
  const get = request(`${server.url}/livez`, { headers: { "x-much": "x".repeat(40_000) } }).end();
  // The server hangs up before it has read them all.
  get.on("error", () => {});
  const [response] = await once(get, "response");
  t.equal(response.statusCode, 431);
  response.resume();
});
