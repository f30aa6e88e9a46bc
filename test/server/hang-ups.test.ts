// A caller whose connection just ends, without a word of its protocol, leaves nothing running upstream.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import t from "tap";
import { stringify } from "yaml";
import { Clouds } from "../../src/cloud/clouds.ts";
import { createHandlers } from "../../src/handlers.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import { startServer } from "../../src/server/start.ts";
import { callHeaders, flags, frame, preface, types } from "../abuse/frames.ts";
import { silentService } from "../support/silent-service.ts";
import { temporaryFile } from "../support/temporary-file.ts";
import { token } from "./harness.ts";

const sandbox = await startSandbox();
t.teardown(() => sandbox.close());
const service = await silentService(t);
const entry = { ...sandbox.cloud("demo"), compute_endpoint_override: `${service.url}/v2.1` };
const clouds = await Clouds.load({
  file: await temporaryFile(t, "clouds.yaml", stringify({ clouds: { one: entry } })),
  env: {},
});
t.teardown(() => clouds.close());
const [cert, key] = ["cert", "key"].map((name) => readFileSync(new URL(`tls-${name}.pem`, import.meta.url)));
const common = {
  listen: { host: "127.0.0.1", port: 0 },
  handlers: createHandlers({ sealKey: new Uint8Array(32) }),
  clouds,
  token,
};
const clear = await startServer(common);
const secure = await startServer({ ...common, tls: { cert: cert ?? "", key: key ?? "" } });
t.teardown(() => Promise.all([clear.close(), secure.close()]));

const request = { nameOrId: "a", location: { cloud: "one", region: "RegionOne" } };
const json = JSON.stringify(request);

/** What a caller sends, of each HTTP. */
function words(method: string): Record<"HTTP/1.1" | "HTTP/2", Buffer> {
  const path = `/oaktree.v1.ComputeService/${method}`;
  const isStream = method === "WaitForServer";
  const head = Buffer.alloc(5);
  head.writeUInt32BE(json.length, 1);
  const body = isStream ? Buffer.concat([head, Buffer.from(json)]) : Buffer.from(json);
  const type = isStream ? "application/connect+json" : "application/json";
  const headers = callHeaders(path, { authorization: `Bearer ${token}`, "content-type": type });
  return {
    "HTTP/1.1": Buffer.concat([
      Buffer.from(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
          `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`,
      ),
      body,
    ]),
    "HTTP/2": Buffer.concat([
      preface,
      frame(types.headers, flags.endHeaders, 1, headers),
      frame(types.data, flags.endStream, 1, body),
    ]),
  };
}

const ends: Record<string, (socket: Socket) => unknown> = {
  "a FIN": (socket) => socket.destroy(),
  "a RST": (socket) => socket.resetAndDestroy(),
};

for (const method of ["GetServer", "WaitForServer"]) {
  for (const [http, bytes] of Object.entries(words(method))) {
    for (const [how, end] of Object.entries(ends)) {
      t.test(`${method} by ${http}, ended by ${how}`, async (t) => {
        const held = service.next();
        const socket = connect(clear.port, "127.0.0.1");
        socket.on("error", () => {});
        await once(socket, "connect");
        socket.write(bytes);
        const { closed } = await held;
        end(socket);
        await closed;
        t.pass("the request upstream has ended");
      });
    }
    t.test(`${method} by ${http} over TLS`, async (t) => {
      const held = service.next();
      const ALPNProtocols = [http === "HTTP/2" ? "h2" : "http/1.1"];
      const socket = connectTls({
        port: secure.port,
        host: "127.0.0.1",
        ...(cert && { ca: cert }),
        ALPNProtocols,
      });
      socket.on("error", () => {});
      await once(socket, "secureConnect");
      socket.write(bytes);
      const { closed } = await held;
      socket.destroy();
      await closed;
      t.pass("the request upstream has ended");
    });
  }
}

t.test("nothing of them is left here", async (t) => {
  while (clear.open().connections + secure.open().connections > 0) {
    await new Promise(setImmediate);
  }
  t.pass("no connection");
});
