// A caller that stays, but takes nothing of its download, is let go; one that is slow is not.
import { once } from "node:events";
import { connect } from "node:http2";
import { connect as connectSocket } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import t from "tap";
import {
  DownloadImageRequestSchema,
  DownloadImageResponseSchema,
} from "../../src/gen/oaktree/v1/image_pb.js";
import { handlers, start, token } from "./harness.ts";

const message = toBinary(DownloadImageRequestSchema, create(DownloadImageRequestSchema, { nameOrId: "i" }));
const envelope = Buffer.concat([Buffer.of(0, 0, 0, 0, message.length), message]);
const path = "/oaktree.v1.ImageService/DownloadImage";

/** A download of so many bytes, in pieces, and what tells that its handler has ended. */
function downloadOf(count: number, size: number) {
  const ended = Promise.withResolvers<void>();
  const handler = async function* () {
    try {
      for (let sent = 0; sent < count; sent += 1) {
        yield create(DownloadImageResponseSchema, { part: { case: "data", value: Buffer.alloc(size) } });
      }
    } finally {
      ended.resolve();
    }
  };
  return { ended: ended.promise, own: handlers({ "ImageService.DownloadImage": handler }) };
}

for (const [what, count, size] of [
  ["without end", Number.POSITIVE_INFINITY, 1024 * 1024],
  ["that is handed on whole", 1, 512 * 1024],
] as const) {
  t.test(`HTTP/2, a download ${what}`, async (t) => {
    const { own, ended } = downloadOf(count, size);
    const server = await start({ handlers: own, stalledMs: 50 });
    t.teardown(() => server.close());
    const session = connect(server.url);
    t.teardown(() => session.destroy());
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      authorization: `Bearer ${token}`,
    });
    let isWhole = false;
    stream
      .on("error", () => undefined)
      .on("trailers", () => {
        isWhole = true;
      });
    stream.end(envelope);
    await ended;
    t.match(await server.line("DownloadImage"), { code: "ABORTED", reason: "CALLER_STALLED" });
    stream.resume();
    await once(stream, "close");
    t.notOk(isWhole, "whoever wakes up late sees that something is missing");
    t.notOk(session.destroyed, "other calls of the connection go on");
  });
}

t.test("HTTP/1.1", async (t) => {
  const { own, ended } = downloadOf(Number.POSITIVE_INFINITY, 1024 * 1024);
  const server = await start({ handlers: own, stalledMs: 50 });
  t.teardown(() => server.close());
  const socket = connectSocket(server.port, "127.0.0.1").on("error", () => undefined);
  t.teardown(() => socket.destroy());
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/connect+proto\r\nContent-Length: ${envelope.length}\r\n\r\n`,
  );
  socket.write(envelope);
  await ended;
  t.match(await server.line("DownloadImage"), { code: "ABORTED", reason: "CALLER_STALLED" });
  while (server.open().connections > 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
});
