import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import t from "tap";
import { start } from "./harness.ts";

const server = await start();
t.teardown(() => server.close());

// Stands before the server and passes the first forty bytes on one by one, each
// in a packet of its own.
const dripper = createServer((downstream) => {
  const upstream = connect(server.port, "127.0.0.1").setNoDelay();
  upstream.pipe(downstream);
  drip(downstream, upstream).catch(() => upstream.destroy());
});

async function drip(from: Socket, to: Socket): Promise<void> {
  let left = 40;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    const single = chunk.subarray(0, left);
    left -= single.length;
    for (const byte of single) {
      await new Promise((sent) => to.write(Buffer.of(byte), sent));
      await new Promise(setImmediate);
    }
    to.write(chunk.subarray(single.length));
  }
  to.end();
}
dripper.listen(0, "127.0.0.1");
await once(dripper, "listening");
t.teardown(() => dripper.close());
const { port } = dripper.address() as AddressInfo;

t.test("HTTP/2's preface may come byte by byte", async (t) => {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({ ":path": "/livez" });
  const [headers] = await once(stream, "response");
  t.equal(headers[":status"], 200);
  t.equal((await stream.setEncoding("utf8").toArray()).join(""), "ok\n");
  session.close();
});

for (const [method, expected] of Object.entries({
  GET: 200,
  POST: 404,
  PROPFIND: 404,
})) {
  t.test(`a request by ${method} may come byte by byte`, async (t) => {
    const connection = connect(port, "127.0.0.1");
    connection.write(`${method} /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    t.match((await connection.setEncoding("utf8").toArray()).join(""), `HTTP/1.1 ${expected} `);
  });
}

t.test("a whole request in the first packet, from a caller that closes its side", async (t) => {
  const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  t.match((await socket.setEncoding("utf8").toArray()).join(""), /^HTTP\/1.1 200 /);
});
