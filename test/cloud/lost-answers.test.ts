import t from "tap";
import { literalPath } from "../../src/cloud/path.ts";
import type { HttpMethod } from "../../src/cloud/region.ts";
import { fails, fakeCloud, json, scope } from "./fake-cloud.ts";

const path = literalPath("/servers/1");

for (const method of ["GET", "HEAD", "PUT", "DELETE"] satisfies HttpMethod[]) {
  t.test(`a ${method} is sent again when its answer is lost`, async (t) => {
    const fake = await fakeCloud(t, {
      service: (request, response) => {
        if (fake.count(`${method} /compute/v2.1/servers/1`) < 3) {
          request.socket.destroy();
        } else {
          response.writeHead(204).end();
        }
      },
    });
    const region = await fake.region();
    t.match(await region.send({ service: "compute", method, path }, scope()), { status: 204 });
    t.equal(fake.count(`${method} /compute/v2.1/servers/1`), 3);
  });
}

for (const method of ["POST", "PATCH"] satisfies HttpMethod[]) {
  t.test(`a ${method} is not sent again when its answer is lost`, async (t) => {
    const fake = await fakeCloud(t, { service: (request) => request.socket.destroy() });
    const region = await fake.region();
    await fails(t, region.send({ service: "compute", method, path, body: {} }, scope()), {
      reason: "OUTCOME_UNKNOWN",
      metadata: { cloud: "fake", region: "RegionOne", service: "compute" },
    });
    t.equal(fake.count(`${method} /compute/v2.1/servers/1`), 1);
  });

  t.test(`a ${method} that a proxy gave up on is not sent again`, async (t) => {
    const fake = await fakeCloud(t, { service: (_request, response) => response.writeHead(504).end() });
    const region = await fake.region();
    await fails(t, region.send({ service: "compute", method, path, body: {} }, scope()), {
      reason: "OUTCOME_UNKNOWN",
    });
    t.equal(fake.count(`${method} /compute/v2.1/servers/1`), 1);
  });
}

t.test("a GET whose answer is always lost ends as unavailable", async (t) => {
  const fake = await fakeCloud(t, { service: (request) => request.socket.destroy() });
  const region = await fake.region();
  await fails(t, region.send({ service: "compute", method: "GET", path }, scope()), {
    reason: "UPSTREAM_UNAVAILABLE",
  });
  t.equal(fake.count("GET /compute/v2.1/servers/1"), 4);
});

t.test("a body that breaks off is a lost answer", async (t) => {
  const fake = await fakeCloud(t, {
    service: (request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"server"', () => request.socket.destroy());
    },
  });
  const region = await fake.region();
  await fails(t, region.send({ service: "compute", method: "POST", path, body: {} }, scope()), {
    reason: "OUTCOME_UNKNOWN",
  });
});

t.test("a DELETE that finds nothing after a lost answer has done its work", async (t) => {
  const fake = await fakeCloud(t, {
    service: (request, response) => {
      if (fake.count("DELETE /compute/v2.1/servers/1") === 1) {
        request.socket.destroy();
      } else {
        json(response, 404, { itemNotFound: { message: "gone" } });
      }
    },
  });
  const region = await fake.region();
  t.match(await region.send({ service: "compute", method: "DELETE", path }, scope()), {
    status: 204,
    body: undefined,
  });
});

t.test("a DELETE that finds nothing at once is not found", async (t) => {
  const fake = await fakeCloud(t, {
    service: (_request, response) => json(response, 404, { itemNotFound: { message: "gone" } }),
  });
  const region = await fake.region();
  await fails(t, region.send({ service: "compute", method: "DELETE", path }, scope()), {
    reason: "NOT_FOUND",
  });
});

t.test("a POST is sent again when the connection was refused", async (t) => {
  // Nothing listens on port 1.
  const fake = await fakeCloud(t, {
    entry: () => ({ network_endpoint_override: "http://127.0.0.1:1" }),
  });
  const region = await fake.region();
  await fails(t, region.send({ service: "network", method: "POST", path, body: {} }, scope()), {
    reason: "UPSTREAM_UNAVAILABLE",
    message: /ECONNREFUSED/,
  });
  t.equal(fake.clock.slept.length, 3);
});
