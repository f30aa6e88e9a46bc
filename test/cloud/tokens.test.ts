import t from "tap";
import { literalPath } from "../../src/cloud/path.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import { fails, fakeCloud, json, scope } from "./fake-cloud.ts";

const servers: RestRequest = { service: "compute", method: "GET", path: literalPath("/servers") };
const make = "POST /identity/v3/auth/tokens";
const validate = "GET /identity/v3/auth/tokens";

t.test("many calls at once make one token", async (t) => {
  const fake = await fakeCloud(t, { service: (_request, response) => json(response, 200, {}) });
  const region = await fake.region();
  await Promise.all(Array.from({ length: 20 }, () => region.send(servers, scope())));
  t.equal(fake.count(make), 1);
  t.equal(fake.count("GET /compute/v2.1/servers"), 20);
});

t.test("a caller that leaves does not end the authentication that others wait for", async (t) => {
  const asked = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const fake = await fakeCloud(t, {
    service: (_request, response) => json(response, 200, {}),
    keystone: async () => {
      asked.resolve();
      await gone.promise;
      return false;
    },
  });
  const region = await fake.region();
  const leaving = new AbortController();
  const first = region.send(servers, scope({ signal: leaving.signal }));
  const second = region.send(servers, scope());
  await asked.promise;
  leaving.abort();
  await fails(t, first, { reason: "CANCELLED" });
  gone.resolve();
  t.match(await second, { status: 200 });
  t.equal(fake.count(make), 1);
});

t.test("a token is renewed at 80 % of its life", async (t) => {
  const fake = await fakeCloud(t, { life: 1000, service: (_request, response) => json(response, 200, {}) });
  const region = await fake.region();
  await region.send(servers, scope());
  fake.clock.pass(790_000);
  await region.send(servers, scope());
  t.equal(fake.count(make), 1);
  fake.clock.pass(20_000);
  await region.send(servers, scope());
  t.equal(fake.count(make), 2);
});

t.test("a token is renewed at half of its life before bytes are sent", async (t) => {
  const fake = await fakeCloud(t, {
    life: 1000,
    service: (_request, response) => response.writeHead(201).end(),
  });
  const region = await fake.region();
  const upload = async (): Promise<void> => {
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(3);
    }
    const path = literalPath("/c/o");
    await region.transfer({ service: "object-store", method: "PUT", path, source: bytes() }, scope());
  };
  await upload();
  fake.clock.pass(510_000);
  await upload();
  t.equal(fake.count(make), 2);
});

t.test("a token that is still good outlives a Keystone that is away", async (t) => {
  let away = false;
  const fake = await fakeCloud(t, {
    life: 1000,
    service: (_request, response) => json(response, 200, {}),
    keystone: (_request, response) => {
      if (away) {
        response.writeHead(503).end();
      }
      return away;
    },
  });
  const region = await fake.region();
  await region.send(servers, scope());
  away = true;
  fake.clock.pass(900_000);
  t.match(await region.send(servers, scope()), { status: 200 });
});

t.test("after a 401 the token is renewed once, for all that failed", async (t) => {
  const fake = await fakeCloud(t, {
    service: (request, response) => {
      const good = fake.valid.has(String(request.headers["x-auth-token"]));
      json(response, good ? 200 : 401, good ? {} : { error: { message: "no" } });
    },
  });
  const region = await fake.region();
  await region.send(servers, scope());
  fake.valid.clear();
  const answers = await Promise.all(Array.from({ length: 5 }, () => region.send(servers, scope())));
  t.ok(answers.every((answer) => answer.status === 200));
  t.equal(fake.count(make), 2);
});

t.test("a POST is sent again after a 401, for it was not carried out", async (t) => {
  let carriedOut = 0;
  const fake = await fakeCloud(t, {
    service: (request, response) => {
      const good = fake.valid.has(String(request.headers["x-auth-token"]));
      carriedOut += good ? 1 : 0;
      json(response, good ? 202 : 401, {});
    },
  });
  const region = await fake.region();
  await region.identity(scope());
  fake.valid.clear();
  await region.send({ ...servers, method: "POST", body: {} }, scope());
  t.equal(carriedOut, 1);
});

t.test("a 401 for a token that is valid is an access rule's", async (t) => {
  const fake = await fakeCloud(t, { service: (_request, response) => json(response, 401, {}) });
  const region = await fake.region();
  await fails(t, region.send(servers, scope()), {
    reason: "FORBIDDEN",
    metadata: { cloud: "fake", region: "RegionOne", service: "compute", upstreamStatus: "401" },
  });
  t.equal(fake.count(make), 1, "no new token");
  t.equal(fake.count("GET /compute/v2.1/servers"), 1);
});

t.test("a 401 for a token that was just made is not answered with a third one", async (t) => {
  const fake = await fakeCloud(t, {
    service: (_request, response) => {
      fake.valid.clear();
      json(response, 401, {});
    },
  });
  const region = await fake.region();
  await fails(t, region.send(servers, scope()), { reason: "CREDENTIAL_INVALID" });
  t.equal(fake.count(make), 2);
});

t.test("a wrong password is not tried again at once", async (t) => {
  const fake = await fakeCloud(t, {
    keystone: (_request, response) => {
      json(response, 401, { error: { message: "The request you have made requires authentication." } });
      return true;
    },
  });
  const region = await fake.region();
  await fails(t, region.send(servers, scope()), { reason: "CREDENTIAL_INVALID" });
  await fails(t, region.send(servers, scope()), { reason: "CREDENTIAL_INVALID" });
  t.equal(fake.count(make), 1);
  fake.clock.pass(11_000);
  await fails(t, region.send(servers, scope()), { reason: "CREDENTIAL_INVALID" });
  t.equal(fake.count(make), 2);
});

t.test("a caller's own token is validated, with its access rules, and believed for a minute", async (t) => {
  let rules: unknown;
  const fake = await fakeCloud(t, {
    service: (_request, response) => json(response, 200, {}),
    keystone: (request) => {
      rules = request.headers["openstack-identity-access-rules"];
      return false;
    },
  });
  fake.valid.add("callers-token");
  const caller = fake.clouds.withToken("fake", "callers-token");
  const region = await fake.region(caller);
  await region.send(servers, scope());
  t.equal(rules, "1");
  t.equal(fake.count(validate), 1);
  fake.clock.pass(61_000);
  await region.send(servers, scope());
  t.equal(fake.count(validate), 2);
  fake.valid.clear();
  fake.clock.pass(61_000);
  await fails(t, region.send(servers, scope()), { reason: "CREDENTIAL_INVALID" });
  t.equal(fake.count(make), 0, "the cloud's own credential is not used");
});

t.test("a caller's token that was revoked within the minute is no access rule's refusal", async (t) => {
  const fake = await fakeCloud(t, { service: (_request, response) => json(response, 401, {}) });
  fake.valid.add("callers-token");
  const region = await fake.region(fake.clouds.withToken("fake", "callers-token"));
  fake.valid.clear();
  await fails(t, region.send(servers, scope()), { reason: "CREDENTIAL_INVALID" });
});
