import type { IncomingMessage } from "node:http";
import t from "tap";
import { literalPath, path } from "../../src/cloud/path.ts";
import { fakeCloud, json, scope } from "./fake-cloud.ts";

t.test("path and query arrive as they were made", async (t) => {
  const fake = await fakeCloud(t, { service: (_request, response) => json(response, 200, {}) });
  const region = await fake.region();
  const network = { service: "network", method: "GET" } as const;
  await region.send({ ...network, path: path`/networks/${"a b%é…"}` }, scope());
  await region.send(
    { ...network, path: literalPath("/x/../y/%2e%2e/z"), query: { name: "a&b=c", tags: ["1", "2"] } },
    scope(),
  );
  t.same(
    fake.seen.filter((line) => line.startsWith("GET /network")),
    [
      "GET /network/v2.0/networks/a%20b%25%C3%A9%E2%80%A6",
      "GET /network/v2.0/x/../y/%2e%2e/z?name=a%26b%3Dc&tags=1&tags=2",
    ],
  );
});

t.test("request id, trace context and token are sent along", async (t) => {
  let headers: IncomingMessage["headers"] = {};
  const fake = await fakeCloud(t, {
    service: (request, response) => {
      headers = request.headers;
      json(response, 200, {});
    },
  });
  const region = await fake.region();
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  await region.send(
    {
      service: "image",
      method: "PATCH",
      path: literalPath("/i"),
      body: [],
      contentType: "application/x+json",
      headers: { "x-own": "1" },
    },
    scope({ requestId: "req-7", traceparent }),
  );
  t.match(headers, {
    "x-openstack-request-id": "req-7",
    traceparent,
    "x-auth-token": "token-1",
    "content-type": "application/x+json",
    accept: "application/json",
    "x-own": "1",
    "user-agent": "oaktree",
  });
});
