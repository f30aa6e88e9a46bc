// Requests that are wrong in form, and connections that break: each gets its answer, and no defect is logged.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import t from "tap";
import { plain, start, token } from "../server/harness.ts";
import { callHeaders, flags, frame, preface, raw, types } from "./frames.ts";

const server = await start();
t.teardown(() => server.close());
const path = "/oaktree.v1.ComputeService/GetFlavor";
const bad = Buffer.from([0xff, 0xfe, 0xc3]);

/** Statuses of a gRPC call with this message. */
async function grpc(message: Buffer, headers: Record<string, string> = {}) {
  const session = connectHttp2(server.url);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      te: "trailers",
      authorization: `Bearer ${token}`,
      "content-type": "application/grpc+proto",
      ...headers,
    });
    stream.on("error", () => {});
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([head, message]));
    const ended = once(stream, "trailers");
    ended.catch(() => {});
    const [response] = await once(stream, "response");
    stream.resume();
    // What is no gRPC has no trailers.
    const hasStatus = response[":status"] !== 200 || response["grpc-status"] !== undefined;
    const status = hasStatus ? response["grpc-status"] : (await ended)[0]["grpc-status"];
    return { http: response[":status"], grpc: status };
  } finally {
    session.destroy();
  }
}

t.test("a protobuf string that is no UTF-8", async (t) => {
  // Field 2, name_or_id, of three bytes.
  const { grpc: status } = await grpc(Buffer.concat([Buffer.from([0x12, 3]), bad]));
  t.match(status, /^(3|13)$/, "INVALID_ARGUMENT, or INTERNAL as gRPC has it for what does not parse");
});

t.test("JSON that is no UTF-8", async (t) => {
  const body = Buffer.concat([Buffer.from('{"nameOrId":"'), bad, Buffer.from('"}')]);
  const { status, json } = await plain(server.url, path, { body });
  t.equal(status, 400);
  t.match(json(), { code: "invalid_argument", message: /UTF-8/ });
});

t.test("headers that are no UTF-8, by HTTP/1.1 and by HTTP/2", async (t) => {
  const http1 = await raw(t, server.port);
  await http1.send(
    Buffer.concat([
      Buffer.from(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer `),
      bad,
      Buffer.from("\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"),
    ]),
  );
  t.match((await http1.closed).toString("latin1"), /^HTTP\/1\.1 40[01] /);
  const http2 = await raw(t, server.port);
  await http2.send(preface);
  const headers = callHeaders(path, { authorization: bad, "content-type": "application/grpc" });
  await http2.send(frame(types.headers, flags.endHeaders | flags.endStream, 1, headers));
  // Headers of stream 1, or its end: an answer of some kind.
  let seen = Buffer.alloc(0);
  while (!seen.includes(Buffer.from([0, 0, 0, 1]))) {
    seen = Buffer.concat([seen, (await once(http2.socket, "data"))[0]]);
  }
  t.pass("answered");
});

t.test("unknown content types, of HTTP/1.1 and of HTTP/2", async (t) => {
  for (const type of ["application/x-thrift", "text/plain", "application/grpc+avro", "\u00e4"]) {
    const { status } = await plain(server.url, path, { headers: { "content-type": type } });
    t.equal(status, 415, type);
  }
  const { http } = await grpc(Buffer.alloc(0), { "content-type": "application/grpc+avro" });
  t.equal(http, 415);
});

t.test("headers beyond the limit, by HTTP/2", async (t) => {
  const session = connectHttp2(server.url);
  session.on("error", () => {});
  t.teardown(() => session.destroy());
  const get = async (length: number) => {
    const stream = session.request({ ":path": "/livez", "x-much": "x".repeat(length) });
    stream.resume();
    const outcomes = [once(stream, "response"), once(stream, "close")];
    const [first] = await Promise.race(outcomes.map((one) => one.catch((error) => [error])));
    return (first as { ":status"?: number } | undefined)?.[":status"];
  };
  t.equal(await get(1000), 200);
  t.not(await get(40_000), 200);
});

t.test("TLS to the clear port", async (t) => {
  const socket = connectTls({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false });
  await t.rejects(once(socket, "secureConnect"));
});

t.test("clear text to the TLS port, of either HTTP, and others are served", async (t) => {
  const read = (name: string) => readFileSync(new URL(`../server/${name}`, import.meta.url));
  const tls = await start({ tls: { cert: read("tls-cert.pem"), key: read("tls-key.pem") } });
  t.teardown(() => tls.close());
  for (const words of [Buffer.from("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"), preface]) {
    const caller = await raw(t, tls.port);
    await caller.send(words);
    t.notMatch((await caller.closed).toString("latin1"), "200 OK");
  }
  const session = connectHttp2(tls.url, { ca: read("tls-cert.pem") });
  const stream = session.request({ ":path": "/livez" });
  t.equal((await stream.setEncoding("utf8").toArray()).join(""), "ok\n");
  session.destroy();
});

t.test("callers that close their side still get their answer", async (t) => {
  const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 16\r\n\r\n{"nameOrId":"a"}',
  );
  t.match((await socket.setEncoding("utf8").toArray()).join(""), /^HTTP\/1\.1 200 /);
});

t.test("connections that break anywhere leave nothing", async (t) => {
  const request = Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 16\r\n\r\n{"nameOrId":"a"}',
  );
  const headers = callHeaders(path, { authorization: `Bearer ${token}`, "content-type": "application/grpc" });
  const call = Buffer.concat([
    preface,
    frame(types.headers, flags.endHeaders, 1, headers),
    frame(types.data, flags.endStream, 1, Buffer.from([0, 0, 0, 0, 3, 0x12, 1, 97])),
  ]);
  for (const whole of [request, call]) {
    for (let length = 1; length < whole.length; length += 7) {
      const { socket, send, closed } = await raw(t, server.port);
      await send(whole.subarray(0, length));
      if (length % 2 === 0) {
        socket.resetAndDestroy();
      } else {
        // A FIN, and nothing after it.
        socket.destroy();
      }
      await closed;
    }
  }
  while (server.open().connections > 0) {
    await new Promise(setImmediate);
  }
  t.equal(server.open().sessions, 0);
});

t.test("none of it was a defect", async (t) => {
  t.notMatch(server.text(), '"level":50');
});
