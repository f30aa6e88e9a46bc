// Callers that are slow on purpose: each ends in its time, and others are served meanwhile.
import { once } from "node:events";
import t, { type Test } from "tap";
import { token } from "../server/harness.ts";
import { attacked } from "./attacked.ts";
import { callHeaders, flags, frame, preface, raw, types } from "./frames.ts";

const limits = ["first-bytes-seconds=1", "headers-seconds=1", "request-seconds=1"];
const server = await attacked(t, ...limits);
const path = "/oaktree.v1.ComputeService/ListFlavors";
const crowd = 100;

/** Sends a byte every so often, which is the attack, until the server has enough. */
async function drip(attacker: Awaited<ReturnType<typeof raw>>, byte: Uint8Array): Promise<string> {
  const timer = setInterval(() => attacker.send(byte), 50);
  const said = await attacker.closed;
  clearInterval(timer);
  return said.toString("latin1");
}

async function together(t: Test, attack: () => Promise<string>): Promise<string> {
  const all = Promise.all(Array.from({ length: crowd }, attack));
  await server.serves(t);
  const [one = "", ...others] = await all;
  t.equal(others.length, crowd - 1, "all have ended");
  await server.settled();
  return one;
}

t.test("silent connections", async (t) => {
  const said = await together(t, async () => (await (await raw(t, server.port)).closed).toString());
  t.equal(said, "");
});

t.test("headers byte by byte", async (t) => {
  const said = await together(t, async () => {
    const attacker = await raw(t, server.port);
    await attacker.send(Buffer.from(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nX-Slow: `));
    return drip(attacker, Buffer.from("a"));
  });
  t.match(said, /^HTTP\/1\.1 408 /);
});

t.test("the body of a JSON call byte by byte", async (t) => {
  const said = await together(t, async () => {
    const attacker = await raw(t, server.port);
    await attacker.send(
      Buffer.from(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n` +
          "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n",
      ),
    );
    const timer = setInterval(() => attacker.send(Buffer.from(" ")), 50);
    attacker.socket.once("data", () => {
      clearInterval(timer);
      attacker.socket.end();
    });
    return (await attacker.closed).toString("latin1");
  });
  t.match(said, /^HTTP\/1\.1 504 .*the request did not come within 1 seconds/s);
});

t.test("the message of a gRPC call byte by byte", async (t) => {
  const headers = callHeaders(path, { authorization: `Bearer ${token}`, "content-type": "application/grpc" });
  const attacker = await raw(t, server.port);
  await attacker.send(preface);
  await attacker.send(frame(types.headers, flags.endHeaders, 1, headers));
  // The head of a message that is longer than it ever gets.
  await attacker.send(frame(types.data, 0, 1, Buffer.from([0, 0, 0, 255, 255])));
  const timer = setInterval(() => attacker.send(frame(types.data, 0, 1, Buffer.of(10))), 50);
  // The first frame on stream 1 that comes back are the trailers.
  let seen = Buffer.alloc(0);
  while (!seen.includes(Buffer.from([0, 0, 0, 1]))) {
    seen = Buffer.concat([seen, (await once(attacker.socket, "data"))[0]]);
  }
  clearInterval(timer);
  attacker.socket.destroy();
  await server.settled();
  await server.serves(t);
});
