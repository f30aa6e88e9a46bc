import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import t from "tap";
import { plain, start } from "./harness.ts";

const server = await start();
t.teardown(() => server.close());
const list = "/oaktree.v1.ComputeService/ListFlavors";
const remove = "/oaktree.v1.ComputeService/DeleteServer";

t.test("a GET without its request is told how to send it", async (t) => {
  for (const query of ["", "?message={}", "?encoding=yaml&message={}"]) {
    const { status, json } = await plain(server.url, list + query, { method: "GET" });
    t.equal(status, 415, query);
    t.match(json(), { code: "invalid_argument", message: /\?encoding=json&message=/ });
  }
  const { status } = await plain(server.url, `${list}?encoding=json&message={}`, { method: "GET" });
  t.equal(status, 200);
});

t.test("a method that does not work is told which ones do", async (t) => {
  for (const [method, path, allow] of [
    ["PUT", list, "GET, POST"],
    ["DELETE", remove, "POST"],
    ["GET", remove, "POST"],
  ] as const) {
    const { status, headers, json } = await plain(server.url, path, { method });
    t.equal(status, 405, method);
    t.equal(headers.allow, allow);
    t.equal(headers["content-type"], "application/problem+json", "no error that RPC clients would parse");
    t.match(json(), { message: `${method} does not work here: send ${allow.replace(", ", " or ")}` });
  }
});

t.test("methods that nobody has are no defect", async (t) => {
  for (const [method, path] of [
    ["QUERY", list],
    ["QUERY", "/nothing"],
    ["TRACE", list],
    ["PROPFIND", list],
  ] as const) {
    const { status, json } = await plain(server.url, path, { method });
    t.ok((status >= 400 && status < 500) || status === 501, `${method} ${path}: ${status}`);
    t.not(json().code, "internal");
  }
});

t.test("gRPC-Web as text is told of gRPC-Web in binary", async (t) => {
  const { status, json } = await plain(server.url, list, {
    headers: { "content-type": "application/grpc-web-text" },
  });
  t.equal(status, 415);
  t.match(json(), { message: /application\/grpc-web-text.*mode=grpcweb/ });
});

t.test("a HEAD has no body", async (t) => {
  const call = httpRequest(`${server.url}${list}`, { method: "HEAD", agent: false }).end();
  const [response] = await once(call, "response");
  t.equal(response.statusCode, 405);
  t.equal(response.headers.allow, "GET, POST");
  t.equal((await response.toArray()).length, 0);
});

t.test("what is no HTTP is told so, in JSON, and hung up on", async (t) => {
  const socket = connect(server.port, "127.0.0.1");
  t.teardown(() => socket.destroy());
  socket.end("GARBAGE / HTTP/9.9\r\n\r\n");
  const answer = (await socket.setEncoding("latin1").toArray()).join("");
  t.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
  t.match(answer, /\r\nconnection: close\r\n/);
  t.match(JSON.parse(answer.replace(/.*\r\n\r\n/s, "")), { code: "invalid_argument" });
});
