import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import { literalPath } from "../../src/cloud/path.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import { fails, fakeCloud, json, scope } from "./fake-cloud.ts";

const get: RestRequest = { service: "network", method: "GET", path: literalPath("/networks") };

t.test("a caller that goes away aborts the call upstream", async (t) => {
  const arrived = Promise.withResolvers<IncomingMessage>();
  const fake = await fakeCloud(t, { service: (request) => arrived.resolve(request) });
  const region = await fake.region();
  const leaving = new AbortController();
  const call = region.send(get, scope({ signal: leaving.signal }));
  const request = await arrived.promise;
  const closed = once(request.socket, "close");
  leaving.abort();
  await fails(t, call, { reason: "CANCELLED", metadata: { cloud: "fake", service: "network" } });
  await closed;
  t.pass("the service saw the connection close");
});

t.test("a deadline that passes says so", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const fake = await fakeCloud(t, { service: () => arrived.resolve() });
  const region = await fake.region();
  const late = new AbortController();
  const call = region.send(get, scope({ signal: late.signal, deadline: fake.clock.now() + 60_000 }));
  await arrived.promise;
  fake.clock.pass(60_000);
  late.abort();
  await fails(t, call, { reason: "DEADLINE_EXCEEDED" });
});

t.test("a reason that is a fault is handed on", async (t) => {
  const fake = await fakeCloud(t);
  const region = await fake.region();
  const signal = AbortSignal.abort(new Fault("SHUTTING_DOWN", "bye"));
  await fails(t, region.send(get, scope({ signal })), { reason: "SHUTTING_DOWN", message: "bye" });
});

t.test("an abort while waiting for the next try ends the wait", async (t) => {
  const leaving = new AbortController();
  const fake = await fakeCloud(t, {
    service: (_request, response) => response.writeHead(503, { "retry-after": "1" }).end(),
  });
  fake.clock.sleep = async () => {
    leaving.abort();
    throw leaving.signal.reason;
  };
  const region = await fake.region();
  await fails(t, region.send(get, scope({ signal: leaving.signal })), { reason: "CANCELLED" });
  t.equal(fake.count("GET /network/v2.0/networks"), 1);
});

t.test("calls beyond the limit wait, and can leave the queue; a full queue refuses", async (t) => {
  const held: (() => void)[] = [];
  const arrived = Promise.withResolvers<void>();
  const fake = await fakeCloud(t, {
    limits: { concurrency: 2, queue: 2 },
    service: (_request, response) => {
      held.push(() => json(response, 200, {}));
      if (held.length === 2) {
        arrived.resolve();
      }
    },
  });
  const region = await fake.region();
  await region.identity(scope());
  const first = [region.send(get, scope()), region.send(get, scope())];
  await arrived.promise;
  const leaving = new AbortController();
  const third = region.send(get, scope({ signal: leaving.signal }));
  const fourth = region.send(get, scope());
  const fifth = region.send(get, scope());
  await fails(t, fifth, { reason: "RATE_LIMITED", retryAfterMs: 1000 });
  leaving.abort();
  await fails(t, third, { reason: "CANCELLED" });
  t.equal(held.length, 2, "the others are still waiting");
  for (const answer of held) {
    answer();
  }
  held.push = (answer) => {
    answer();
    return 0;
  };
  await Promise.all([...first, fourth]);
  t.equal(fake.count("GET /network/v2.0/networks"), 3);
});

t.test("closing ends what is under way, and nothing goes out after it", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const fake = await fakeCloud(t, { service: () => arrived.resolve() });
  const region = await fake.region();
  const call = region.send(get, scope());
  await arrived.promise;
  const failed = fails(t, call, { reason: "SHUTTING_DOWN" });
  await fake.clouds.close();
  await failed;
  await fails(t, region.send(get, scope()), { reason: "SHUTTING_DOWN" });
  t.equal(fake.count("GET /network/v2.0/networks"), 1);
});
