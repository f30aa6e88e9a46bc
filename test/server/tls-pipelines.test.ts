// A request that comes while the answer before it waits for its caller: Node stops reading then. Over TLS it went on with
// what was decrypted already, and called that no HTTP.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { create } from "@bufbuild/protobuf";
import t from "tap";
import { ListFlavorsResponseSchema } from "../../src/gen/oaktree/v1/compute_pb.js";
import { handlers, start, token } from "./harness.ts";

const cert = readFileSync(new URL("tls-cert.pem", import.meta.url));
const key = readFileSync(new URL("tls-key.pem", import.meta.url));
const long = "x".repeat(8 * 1024 * 1024);

t.test("a request in two records, behind an answer that was not taken yet", async (t) => {
  const server = await start({
    tls: { cert, key },
    handlers: handlers({
      "ComputeService.ListFlavors": async ({ pageSize }: { pageSize: number }) =>
        create(ListFlavorsResponseSchema, { nextPageToken: pageSize === 1 ? long : "short" }),
    }),
  });
  t.teardown(() => server.close());
  const socket = connect({
    host: "127.0.0.1",
    port: server.port,
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
  });
  t.teardown(() => socket.destroy());
  await once(socket, "secureConnect");
  const ask = (body: string): void => {
    // Two writes make two records of TLS, which come together.
    socket.write(
      `POST /oaktree.v1.ComputeService/ListFlavors HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    socket.write(body);
  };
  let seen = "";
  ask('{"pageSize":1}');
  const [first] = await once(socket, "data");
  socket.pause();
  seen += first;
  ask('{"pageSize":2}');
  for (let turn = 0; turn < 100; turn += 1) {
    await new Promise(setImmediate);
  }
  socket.on("data", (chunk) => {
    seen += chunk;
  });
  socket.resume();
  socket.on("close", () => {
    seen += " closed";
  });
  while (!/"short"\}| closed$/.test(seen.slice(-40))) {
    await new Promise(setImmediate);
  }
  t.equal(seen.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
});
