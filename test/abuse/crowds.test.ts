// Too many connections, too many calls, and callers that take no answers.
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import t from "tap";
import { token } from "../server/harness.ts";
import { attacked } from "./attacked.ts";
import { callHeaders, flags, frame, preface, raw, types } from "./frames.ts";

const path = "/oaktree.v1.ComputeService/ListFlavors";

t.test(
  "connections beyond the limit are closed as they come, and there is room again after them",
  async (t) => {
    const server = await attacked(t, "connections=20", "first-bytes-seconds=600");
    await server.serves(t);
    const all = await Promise.all(Array.from({ length: 50 }, () => raw(t, server.port)));
    const gone = new Set<unknown>();
    await new Promise<void>((enough) => {
      for (const one of all) {
        one.closed.then(() => {
          gone.add(one);
          // One is the honest caller's.
          if (gone.size === 31) {
            enough();
          }
        });
      }
    });
    t.pass("20 of 50 are left, or 19 beside the honest caller");
    for (const { socket } of all) {
      socket.destroy();
    }
    await server.settled();
    await server.serves(t);
  },
);

t.test("calls beyond the limit of a connection end it, and others are served", async (t) => {
  const server = await attacked(t, "streams=5");
  const session = connectHttp2(server.url);
  session.on("error", () => {});
  t.teardown(() => session.destroy());
  await once(session, "remoteSettings");
  t.equal(session.remoteSettings.maxConcurrentStreams, 5, "a caller is told");
  const attacker = await raw(t, server.port);
  // The limit is in force when it was acknowledged.
  await attacker.send(Buffer.concat([preface, frame(types.settings, 1, 0, Buffer.alloc(0))]));
  await once(attacker.socket, "data");
  const headers = callHeaders(path, { authorization: `Bearer ${token}`, "content-type": "application/grpc" });
  for (let stream = 1; stream < 20; stream += 2) {
    await attacker.send(frame(types.headers, flags.endHeaders, stream, headers));
  }
  t.match((await attacker.closed).toString("latin1"), "max concurrent streams exceeded", "GOAWAY");
  await server.serves(t);
});

t.test("callers that open no window for their answers", async (t) => {
  const server = await attacked(t);
  const noWindow = frame(types.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));
  const headers = callHeaders(path, { authorization: `Bearer ${token}`, "content-type": "application/grpc" });
  const calls = Array.from({ length: 100 }, (_, index) =>
    Buffer.concat([
      frame(types.headers, flags.endHeaders, 1 + 2 * index, headers),
      frame(types.data, flags.endStream, 1 + 2 * index, Buffer.alloc(5)),
    ]),
  );
  await server.serves(t);
  const before = server.residentMib();
  for (let crowd = 0; crowd < 10; crowd++) {
    const attacker = await raw(t, server.port, true);
    await attacker.send(Buffer.concat([preface, noWindow, ...calls]));
    await server.serves(t);
    attacker.socket.destroy();
  }
  await server.settled();
  t.ok(server.residentMib() - before < 200, `${Math.round(server.residentMib() - before)} MiB more`);
});
