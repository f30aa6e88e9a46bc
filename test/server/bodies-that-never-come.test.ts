// A caller that sends headers and then nothing, or half a message, is answered when its deadline passes.
import { once } from "node:events";
import { request as http1Request } from "node:http";
import { connect } from "node:http2";
import t from "tap";
import { start, token } from "./harness.ts";

const server = await start();
t.teardown(() => server.close());
const path = "/oaktree.v1.ComputeService/GetFlavor";
const half = Buffer.from([0, 0, 0, 0, 9, 10]);

for (const sent of [Buffer.alloc(0), half]) {
  t.test(`gRPC, after ${sent.length} bytes`, async (t) => {
    const session = connect(server.url);
    t.teardown(() => session.destroy());
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      te: "trailers",
      authorization: `Bearer ${token}`,
      "content-type": "application/grpc",
      "grpc-timeout": "50m",
    });
    stream.write(sent);
    stream.resume();
    const [trailers] = await once(stream, "trailers");
    t.match(trailers, { "grpc-status": "4" });
  });

  t.test(`JSON, after ${sent.length} bytes`, async (t) => {
    const request = http1Request(`${server.url}${path}`, {
      method: "POST",
      agent: false,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "connect-timeout-ms": "50",
        "content-length": 100,
      },
    });
    // The server may hang up on what has not come.
    request.on("error", () => {});
    t.teardown(() => request.destroy());
    request.write(sent);
    request.flushHeaders();
    const [response] = await once(request, "response");
    t.equal(response.statusCode, 504);
  });
}
