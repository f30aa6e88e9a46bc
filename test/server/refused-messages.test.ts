// A Node client keeps an account of what it has not sent on each connection, and never settles it for a stream that is
// reset. Above 10 MB all that it says on the connection fails, so a refusal must not cut off a message that soon is there.
import { once } from "node:events";
import { connect } from "node:http2";
import t from "tap";
import { start, token } from "./harness.ts";

const server = await start();
t.teardown(() => server.close());
const session = connect(server.url);
t.teardown(() => session.destroy());

async function call(body: Buffer, credential: string): Promise<unknown> {
  const stream = session.request({
    ":method": "POST",
    ":path": "/oaktree.v1.ComputeService/ListFlavors",
    te: "trailers",
    "content-type": "application/grpc",
    authorization: `Bearer ${credential}`,
  });
  stream.end(body);
  stream.resume();
  const [trailers] = await once(stream, "trailers");
  return trailers["grpc-status"];
}

t.test("messages without the right credential, one after the other", { timeout: 60_000 }, async (t) => {
  for (let times = 0; times < 12; times += 1) {
    t.equal(await call(Buffer.alloc(4 * 1024 * 1024), "wrong"), "16");
  }
  t.equal(await call(Buffer.alloc(5), token), "0");
});
