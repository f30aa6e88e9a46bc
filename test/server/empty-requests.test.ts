// A message without fields is no bytes at all by Connect in binary. Its end may have come, and been told by Node, before
// the caller is let in and anybody reads.
import { once } from "node:events";
import { Agent, request as http1Request } from "node:http";
import { connect } from "node:http2";
import { promisify } from "node:util";
import { pino } from "pino";
import t from "tap";
import { HealthState } from "../../src/rpc/health.ts";
import { createRpcs } from "../../src/rpc/router.ts";
import { openFrontDoor } from "../../src/server/front-door.ts";
import { handlers, personal } from "./harness.ts";

const path = "/oaktree.v1.ComputeService/ListFlavors";
const headers = { "content-type": "application/proto" };

let letIn = Promise.withResolvers<void>();
let asked = Promise.withResolvers<void>();
const health = new HealthState([]);
const server = await openFrontDoor({
  listen: { host: "127.0.0.1", port: 0 },
  log: pino({ enabled: false }),
  health,
  rpcs: (ends) =>
    createRpcs({
      ...ends,
      handlers: handlers(),
      health,
      authenticate: async () => {
        asked.resolve();
        await letIn.promise;
        return personal.personal();
      },
    }),
});
t.teardown(() => server.close());
t.beforeEach(() => {
  letIn = Promise.withResolvers();
  asked = Promise.withResolvers();
});

t.test("HTTP/2", { timeout: 20_000 }, async (t) => {
  const session = connect(server.url);
  t.teardown(() => session.destroy());
  const stream = session.request({ ":method": "POST", ":path": path, ...headers });
  stream.end();
  stream.resume();
  await asked.promise;
  // Frames are read in their order, so the end of the request has come when this is answered.
  await promisify((done: (error: Error | null) => void) => session.ping(done))();
  letIn.resolve();
  const [answer] = await once(stream, "response");
  t.equal(answer[":status"], 200);
});

t.test("HTTP/1.1", { timeout: 20_000 }, async (t) => {
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  const request = http1Request(`${server.url}${path}`, {
    method: "POST",
    agent,
    headers: { ...headers, "content-length": 0 },
  });
  request.end();
  await asked.promise;
  letIn.resolve();
  const [answer] = await once(request, "response");
  answer.resume();
  t.equal(answer.statusCode, 200);
});
