import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import t from "tap";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { ComputeService, ListServersResponseSchema } from "../../src/gen/oaktree/v1/compute_pb.js";
import { DownloadImageResponseSchema, ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { handlers, start, transport, ways } from "./harness.ts";

const broken = () => {
  throw new TypeError("cannot read properties of the secret");
};

const own = {
  "ComputeService.ListFlavors": async () => broken(),
  // biome-ignore lint/correctness/useYield: it fails first
  "ComputeService.WaitForServer": async function* () {
    broken();
  },
  // What does not fit its message: Connect finds it when all of Oaktree's own code has ended.
  "ComputeService.ListServers": async () =>
    create(ListServersResponseSchema, { servers: [{ $typeName: "oaktree.v1.Server", diskGib: 5 } as never] }),
  "ImageService.DownloadImage": async function* () {
    yield create(DownloadImageResponseSchema, { part: { case: "data", value: 5 as never } });
  },
};

for (const way of ways) {
  t.test(`${way}: a defect is INTERNAL to the caller and one line with its stack in the log`, async (t) => {
    const server = await start({ handlers: handlers(own) });
    t.teardown(() => server.close());
    const compute = createClient(ComputeService, transport(server.url, way));
    const images = createClient(ImageService, transport(server.url, way));
    const calls = {
      "ComputeService/ListFlavors": () => compute.listFlavors({}),
      "ComputeService/WaitForServer": () =>
        compute.waitForServer({ nameOrId: "web" })[Symbol.asyncIterator]().next(),
      "ComputeService/ListServers": () => compute.listServers({}),
      "ImageService/DownloadImage": () =>
        images.downloadImage({ nameOrId: "os" })[Symbol.asyncIterator]().next(),
    };
    for (const [method, call] of Object.entries(calls)) {
      const error = await call().then(() => undefined, ConnectError.from);
      t.equal(error?.code, Code.Internal, method);
      t.notMatch(error?.rawMessage, "secret");
      const line = await server.line(method);
      t.match(line, { level: 50, code: "INTERNAL", reason: "INTERNAL", cause: { stack: /\n +at / } });
      if (/ListFlavors|WaitForServer/.test(method)) {
        t.equal(error?.findDetails(ErrorInfoSchema)[0]?.reason, "INTERNAL");
        t.match(line.cause, { name: "TypeError", message: "cannot read properties of the secret" });
      }
    }
    await server.close();
    t.equal(server.text().match(/"level":50/g)?.length, Object.keys(calls).length, "one line each");
  });
}
