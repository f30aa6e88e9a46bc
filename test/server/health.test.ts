import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import t from "tap";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../../src/gen/grpc/health/v1/health_pb.js";
import { plain, start } from "./harness.ts";

const server = await start();
t.teardown(() => server.close());
// Without a token: whoever watches over a server has none.
const client = createClient(Health, createGrpcTransport({ baseUrl: server.url }));

t.test("the process and each service are serving", async (t) => {
  t.equal((await client.check({})).status, Status.SERVING);
  t.equal((await client.check({ service: "oaktree.v1.ComputeService" })).status, Status.SERVING);
  const { statuses } = await client.list({});
  t.equal(statuses[""]?.status, Status.SERVING);
  t.equal(statuses["oaktree.v1.ImageService"]?.status, Status.SERVING);
  t.equal((await plain(server.url, "/livez", { method: "GET" })).body, "ok\n");
  t.equal((await plain(server.url, "/readyz", { method: "GET" })).status, 200);
});

t.test("an unknown service is not found", async (t) => {
  const error = await client.check({ service: "nobody" }).then(() => t.fail(), ConnectError.from);
  t.equal((error as ConnectError).code, Code.NotFound);
});

t.test("who watches is told of the stop, and sent away", async (t) => {
  const known = client.watch({})[Symbol.asyncIterator]();
  const unknown = client.watch({ service: "nobody" })[Symbol.asyncIterator]();
  t.equal((await known.next()).value?.status, Status.SERVING);
  t.equal((await unknown.next()).value?.status, Status.SERVICE_UNKNOWN);
  const [closed, told, ended] = await Promise.all([
    server.close().then(() => true),
    known.next(),
    unknown.next().then(() => undefined, ConnectError.from),
  ]);
  t.ok(closed);
  t.equal(told.value?.status, Status.NOT_SERVING);
  t.equal(ended?.code, Code.Unavailable);
  await t.rejects(known.next(), { code: Code.Unavailable });
});
