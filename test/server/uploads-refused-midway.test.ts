import { connect } from "node:net";
import { ConnectError, createClient } from "@connectrpc/connect";
import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { handlers, start, token, transport, ways } from "./harness.ts";

const own = handlers({
  "ImageService.UploadImage": async (requests: AsyncIterable<unknown>) => {
    for await (const _ of requests) {
      throw new Fault("QUOTA_EXCEEDED", "no room for more images");
    }
    throw new Error("there was a message");
  },
});

for (const way of ways) {
  t.test(`${way}: the caller learns why, and its connection does not hold up a stop`, async (t) => {
    // If it did, this test would run into its time limit.
    const server = await start({ handlers: own, graceMs: 3_600_000 });
    const client = createClient(ImageService, transport(server.url, way));
    const upload = async function* () {
      for (let sent = 0; sent < 20; sent++) {
        yield { part: { case: "data" as const, value: new Uint8Array(1024 * 1024) } };
      }
    };
    const error = await client.uploadImage(upload()).then(() => undefined, ConnectError.from);
    t.equal(error?.findDetails(ErrorInfoSchema)[0]?.reason, "QUOTA_EXCEEDED");
    await server.close();
    t.equal((await server.line("UploadImage")).code, "RESOURCE_EXHAUSTED");
  });
}

t.test("a caller that sends on and on is cut off", async (t) => {
  const server = await start({ handlers: own });
  t.teardown(() => server.close());
  const socket = connect(server.port, "127.0.0.1");
  const closed = new Promise((done) => socket.on("close", done));
  socket.on("error", () => {});
  socket.resume();
  socket.write(
    "POST /oaktree.v1.ImageService/UploadImage HTTP/1.1\r\nHost: localhost\r\n" +
      `Authorization: Bearer ${token}\r\nContent-Type: application/connect+proto\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  // An empty message, then bytes without end.
  socket.write("5\r\n\0\0\0\0\0\r\n");
  const megabyte = Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(1024 * 1024), Buffer.from("\r\n")]);
  let sent = 0;
  const pour = (): void => {
    while (!socket.destroyed && socket.write(megabyte)) {
      sent++;
    }
  };
  socket.on("drain", pour);
  pour();
  await closed;
  t.ok(sent < 100, `after ${sent} MiB`);
});
