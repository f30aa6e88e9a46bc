import t from "tap";
import { literalPath } from "../../src/cloud/path.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import { fails, fakeCloud, json, scope } from "./fake-cloud.ts";

const get: RestRequest = { service: "compute", method: "GET", path: literalPath("/servers") };
const post: RestRequest = { ...get, method: "POST", body: {} };

for (const status of [429, 503, 413]) {
  t.test(`Retry-After of a ${status} is waited for, by a POST too`, async (t) => {
    const fake = await fakeCloud(t, {
      service: (_request, response) =>
        fake.clock.slept.length < 2
          ? json(response, status, { overLimit: { message: "slow down" } }, { "retry-after": "3" })
          : json(response, 202, {}),
    });
    const region = await fake.region();
    t.match(await region.send(post, scope()), { status: 202 });
    t.same(fake.clock.slept, [3000, 3000]);
  });
}

t.test("a Retry-After beyond the deadline is handed on", async (t) => {
  const fake = await fakeCloud(t, {
    service: (_request, response) => response.writeHead(429, { "retry-after": "30" }).end(),
  });
  const region = await fake.region();
  await fails(t, region.send(get, scope({ deadline: fake.clock.now() + 20_000 })), {
    reason: "RATE_LIMITED",
    retryAfterMs: 30_000,
  });
  t.same(fake.clock.slept, []);
});

t.test("without a deadline a long Retry-After is handed on too", async (t) => {
  const fake = await fakeCloud(t, {
    service: (_request, response) => response.writeHead(503, { "retry-after": "3600" }).end(),
  });
  const region = await fake.region();
  await fails(t, region.send(get, scope()), { reason: "UPSTREAM_UNAVAILABLE", retryAfterMs: 3_600_000 });
});

t.test("a 503 without Retry-After is asked again by a GET, not by a POST", async (t) => {
  const fake = await fakeCloud(t, { service: (_request, response) => response.writeHead(503).end() });
  const region = await fake.region();
  await fails(t, region.send(get, scope()), { reason: "UPSTREAM_UNAVAILABLE" });
  t.equal(fake.count("GET /compute/v2.1/servers"), 4);
  await fails(t, region.send(post, scope()), { reason: "UPSTREAM_UNAVAILABLE" });
  t.equal(fake.count("POST /compute/v2.1/servers"), 1);
});

t.test("a used-up quota is not asked again, though Cinder adds Retry-After: 0", async (t) => {
  const message = "VolumeLimitExceeded: Maximum number of volumes allowed (0) exceeded for quota 'volumes'.";
  const fake = await fakeCloud(t, {
    service: (_request, response) => json(response, 413, { overLimit: { message } }, { "retry-after": "0" }),
  });
  const region = await fake.region();
  await fails(t, region.send(post, scope()), { reason: "QUOTA_EXCEEDED", retryAfterMs: undefined });
  t.equal(fake.count("POST /compute/v2.1/servers"), 1);
});

t.test("other failures are not repeated", async (t) => {
  for (const [status, reason] of [
    [400, "UPSTREAM_BAD_REQUEST"],
    [409, "CONFLICT"],
    [500, "UPSTREAM_ERROR"],
  ] as const) {
    const fake = await fakeCloud(t, { service: (_request, response) => json(response, status, {}) });
    const region = await fake.region();
    await fails(t, region.send(get, scope()), { reason });
    t.equal(fake.count("GET /compute/v2.1/servers"), 1);
  }
});

t.test("the service's own error is repeated where the request says so", async (t) => {
  const fake = await fakeCloud(t, {
    service: (_request, response) => json(response, fake.clock.slept.length < 2 ? 500 : 204, {}),
  });
  const region = await fake.region();
  t.match(await region.send({ ...get, method: "PUT", repeatsErrors: true }, scope()), { status: 204 });
  t.equal(fake.count("PUT /compute/v2.1/servers"), 3);
});

t.test("what a repeated deletion finds gone after an error was deleted by it", async (t) => {
  const fake = await fakeCloud(t, {
    service: (_request, response) => json(response, fake.clock.slept.length < 1 ? 500 : 404, {}),
  });
  const region = await fake.region();
  t.match(await region.send({ ...get, method: "DELETE", repeatsErrors: true }, scope()), { status: 204 });
});

t.test("an error that stays is told after some tries", async (t) => {
  const fake = await fakeCloud(t, { service: (_request, response) => json(response, 500, {}) });
  const region = await fake.region();
  await fails(t, region.send({ ...get, repeatsErrors: true }, scope()), { reason: "UPSTREAM_ERROR" });
  t.equal(fake.count("GET /compute/v2.1/servers"), 4);
});
