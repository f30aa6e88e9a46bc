import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import t from "tap";
import { usualLimits } from "../../src/server/limits.ts";
import { createListener } from "../../src/server/listener.ts";
import { start } from "./harness.ts";

t.test("a connection that says nothing, or too little, is closed after a while", async (t) => {
  const { server, destroy } = createListener((_request, response) => response.end(), undefined, {
    ...usualLimits,
    "first-bytes-seconds": 0.03,
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    destroy();
    server.close();
  });
  for (const words of ["", "P", "PR"]) {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(words);
    socket.resume();
    await once(socket, "close");
    t.pass(`closed after ${JSON.stringify(words)}`);
  }
});

t.test("they do not hold up a stop", async (t) => {
  const server = await start();
  const socket = connect(server.port, "127.0.0.1");
  // However it is closed.
  socket.on("error", () => {});
  socket.resume();
  await once(socket, "connect");
  socket.write("PR");
  const closed = Promise.withResolvers<void>();
  socket.on("close", () => closed.resolve());
  await server.close();
  await closed.promise;
  t.pass("closed");
});
