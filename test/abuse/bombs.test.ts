// Messages that are small on the way and huge when they are unpacked.
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import t from "tap";
import { plain, token } from "../server/harness.ts";
import { attacked } from "./attacked.ts";

const server = await attacked(t);
const path = "/oaktree.v1.ComputeService/ListFlavors";
const huge = Buffer.alloc(64 * 1024 * 1024, " ");
const bombs = {
  gzip: gzipSync(huge),
  br: brotliCompressSync(huge, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
};

/** All of a gRPC call's answer: the status in its trailers. */
async function grpc(encoding: string, body: Buffer): Promise<string> {
  const session = connectHttp2(server.url);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      te: "trailers",
      authorization: `Bearer ${token}`,
      "content-type": "application/grpc+proto",
      "grpc-encoding": encoding,
    });
    stream.on("error", () => {});
    const head = Buffer.from([1, 0, 0, 0, 0]);
    head.writeUInt32BE(body.length, 1);
    stream.end(Buffer.concat([head, body]));
    stream.resume();
    const [trailers] = await once(stream, "trailers");
    return String(trailers["grpc-status"]);
  } finally {
    session.destroy();
  }
}

for (const [encoding, bomb] of Object.entries(bombs)) {
  t.test(`${encoding}: ${bomb.length} bytes that would be 64 MiB, from forty callers at once`, async (t) => {
    const before = server.residentMib();
    const headers = { "content-encoding": encoding };
    const json = Array.from({ length: 20 }, () => plain(server.url, path, { body: bomb, headers }));
    const rpcs = Array.from({ length: 20 }, () => grpc(encoding, bomb));
    await server.serves(t);
    for (const answer of await Promise.all(json)) {
      t.equal(answer.json().code, "resource_exhausted");
    }
    t.strictSame(new Set(await Promise.all(rpcs)), new Set(["8"]), "RESOURCE_EXHAUSTED");
    // Unpacked, they would be 2560 MiB.
    const more = server.residentMib() - before;
    t.ok(more < 600, `${Math.round(more)} MiB more`);
  });
}
