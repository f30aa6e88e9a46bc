import t from "tap";
import { literalPath } from "../../src/cloud/path.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import { fails, fakeCloud, json, scope } from "./fake-cloud.ts";

const get: RestRequest = { service: "network", method: "GET", path: literalPath("/networks") };
const garbage = { reason: "UPSTREAM_GARBAGE", metadata: { cloud: "fake", service: "network" } };

t.test("an answer that is not JSON", async (t) => {
  for (const body of ["<html>login</html>", '{"networks": [', Buffer.from([0x22, 0xff, 0x22])]) {
    const fake = await fakeCloud(t, { service: (_request, response) => response.writeHead(200).end(body) });
    const region = await fake.region();
    await fails(t, region.send(get, scope()), { ...garbage, message: /is not JSON$/ });
  }
});

t.test("an answer without a body has none", async (t) => {
  const fake = await fakeCloud(t, { service: (_request, response) => response.writeHead(202).end() });
  const region = await fake.region();
  t.match(await region.send(get, scope()), { status: 202, body: undefined, bytes: 0 });
});

t.test("an answer that is too large", async (t) => {
  const fake = await fakeCloud(t, {
    limits: { jsonBytes: 4000 },
    service: (request, response) =>
      json(response, 200, "x".repeat(request.url?.includes("big") ? 4000 : 3998)),
  });
  const region = await fake.region();
  t.match(await region.send(get, scope()), { bytes: 4000 });
  await fails(t, region.send({ ...get, query: { big: "1" } }, scope()), {
    ...garbage,
    message: /larger than 4000 bytes/,
  });
});

t.test("an answer that is not HTTP", async (t) => {
  const fake = await fakeCloud(t, { service: (request) => request.socket.end("hello\r\n\r\n") });
  const region = await fake.region();
  await fails(t, region.send(get, scope()), { ...garbage, message: /not HTTP/ });
});

t.test("a redirect is not followed, for the token would go along", async (t) => {
  const fake = await fakeCloud(t, {
    service: (_request, response) => response.writeHead(302, { location: "http://elsewhere.example/" }).end(),
  });
  const region = await fake.region();
  await fails(t, region.send(get, scope()), { ...garbage, message: /redirects \(HTTP 302\)/ });
});

t.test("a token that is none", async (t) => {
  for (const [headers, body] of [
    [{}, { token: {} }],
    [{ "x-subject-token": "t" }, { token: { user: {} } }],
    [{ "x-subject-token": "t" }, "hello"],
    [{ "x-subject-token": "t" }, { token: { user: { id: "u" }, expires_at: "soon" } }],
  ] as const) {
    const fake = await fakeCloud(t, {
      keystone: (_request, response) => {
        json(response, 201, body, headers);
        return true;
      },
    });
    const region = await fake.region();
    await fails(t, region.identity(scope()), { reason: "UPSTREAM_GARBAGE" });
  }
});
