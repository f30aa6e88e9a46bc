import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import t from "tap";
import type { Call } from "../../src/cloud/region.ts";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import {
  ComputeService,
  ListServersResponseSchema,
  WaitForServerResponseSchema,
} from "../../src/gen/oaktree/v1/compute_pb.js";
import { handlers, start, token, transport, ways } from "./harness.ts";

// Self-signed for localhost and 127.0.0.1, good for a hundred years.
const cert = readFileSync(new URL("tls-cert.pem", import.meta.url));
const key = readFileSync(new URL("tls-key.pem", import.meta.url));
const clear = ways.map((way) => [way, undefined] as const);
const secure = (["gRPC", "Connect"] as const).map((way) => [way, { cert, key }] as const);

for (const [way, tls] of [...clear, ...secure]) {
  t.test(
    `${way}${tls ? " over TLS" : ""}: streams end with UNAVAILABLE, unary calls are finished`,
    async (t) => {
      const started = Promise.withResolvers<void>();
      const mayAnswer = Promise.withResolvers<void>();
      const server = await start({
        ...(tls && { tls }),
        handlers: handlers({
          // Does not look at its signal.
          "ComputeService.WaitForServer": async function* () {
            yield create(WaitForServerResponseSchema, { server: { name: "web" } });
            await new Promise(() => {});
          },
          "ComputeService.ListServers": async () => {
            started.resolve();
            await mayAnswer.promise;
            return create(ListServersResponseSchema, { nextPageToken: "finished" });
          },
        }),
      });
      const client = createClient(ComputeService, transport(server.url, way, tls && { ca: cert }));
      const stream = client.waitForServer({ nameOrId: "web" })[Symbol.asyncIterator]();
      await stream.next();
      const unary = client.listServers({});
      unary.catch(() => {});
      await started.promise;

      const closed = server.close();
      const error = await stream.next().then(() => undefined, ConnectError.from);
      t.equal(error?.code, Code.Unavailable);
      t.equal(error?.findDetails(ErrorInfoSchema)[0]?.reason, "SHUTTING_DOWN");
      mayAnswer.resolve();
      t.equal((await unary).nextPageToken, "finished");
      await closed;
      t.equal((await server.line("WaitForServer")).code, "UNAVAILABLE");
      t.equal((await server.line("ListServers")).code, "OK");
    },
  );
}

t.test("what does not finish in time is ended, the handler's signal first", async (t) => {
  const calls: Call[] = [];
  const server = await start({
    graceMs: 5000,
    handlers: handlers({
      "ComputeService.ListServers": (_request, call) => {
        calls.push(call);
        return new Promise(() => {});
      },
    }),
  });
  const client = createClient(ComputeService, transport(server.url, "gRPC"));
  const unary = client.listServers({}).then(() => undefined, ConnectError.from);
  while (calls.length === 0) {
    await new Promise(setImmediate);
  }
  await server.close();
  t.equal((await unary)?.code, Code.Unavailable);
  t.ok(calls[0]?.signal.aborted);
});

t.test("connections that wait for a next request do not hold up the stop", async (t) => {
  const server = await start();
  const agent = new Agent({ keepAlive: true });
  const get = request(`${server.url}/livez`, { agent, headers: { authorization: `Bearer ${token}` } }).end();
  const [response] = await once(get, "response");
  await response.resume().toArray();
  const http2 = createClient(ComputeService, transport(server.url, "gRPC"));
  await http2.listFlavors({});
  await server.close();
  await t.rejects(fetch(`${server.url}/livez`), "nobody listens");
});
