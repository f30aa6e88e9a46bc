import t from "tap";
import { commonMicroversion, compareVersions, microversionHeaders } from "../../src/cloud/microversion.ts";
import { literalPath } from "../../src/cloud/path.ts";
import type { RestRequest } from "../../src/cloud/region.ts";
import { fails, fakeCloud, json, scope } from "./fake-cloud.ts";

t.test("versions are compared by number", (t) => {
  t.ok(compareVersions("2.9", "2.10") < 0);
  t.ok(compareVersions("3.0", "2.99") > 0);
  t.equal(compareVersions("2.1", "2.1"), 0);
  t.end();
});

t.test("the highest that both know", (t) => {
  const range = { min: "2.1", max: "2.60" };
  t.equal(commonMicroversion(range, "2.9"), "2.9");
  t.equal(commonMicroversion(range, "2.90"), "2.60");
  t.equal(commonMicroversion({ min: "2.50", max: "2.90" }, "2.9"), undefined);
  t.equal(commonMicroversion(undefined, "2.9"), undefined);
  t.end();
});

t.test("both headers are sent", (t) => {
  t.same(microversionHeaders("compute", "2.9"), {
    "openstack-api-version": "compute 2.9",
    "x-openstack-nova-api-version": "2.9",
  });
  t.same(microversionHeaders("volumev3", "3.9"), { "openstack-api-version": "volume 3.9" });
  t.same(microversionHeaders("image", "2.9"), {});
  t.end();
});

t.test("the endpoint's range decides what is sent, and is asked for once", async (t) => {
  const sent: unknown[] = [];
  const fake = await fakeCloud(t, {
    service: (request, response) => {
      if (request.url === "/compute/v2.1/") {
        json(response, 200, { version: { id: "v2.1", version: "2.60", min_version: "2.1" } });
      } else {
        sent.push(request.headers["openstack-api-version"]);
        json(response, 200, {});
      }
    },
  });
  const region = await fake.region();
  const get: RestRequest = { service: "compute", method: "GET", path: literalPath("/servers") };
  await Promise.all([
    region.send({ ...get, maxMicroversion: "2.90" }, scope()),
    region.send({ ...get, maxMicroversion: "2.90", minMicroversion: "2.52" }, scope()),
  ]);
  await region.send({ ...get, minMicroversion: "2.52" }, scope());
  await region.send(get, scope());
  t.same(sent, ["compute 2.60", "compute 2.60", "compute 2.52", undefined]);
  t.equal(await region.microversion("compute", "2.37", scope()), "2.37");
  t.equal(await region.microversion("network", "2.37", scope()), undefined);
  await fails(t, region.send({ ...get, minMicroversion: "2.74" }, scope()), {
    reason: "UNSUPPORTED_BY_CLOUD",
    message: /needs microversion 2.74; the cloud offers 2.1 to 2.60/,
  });
  t.equal(fake.count("GET /compute/v2.1/"), 1);
  fake.clock.pass(601_000);
  await region.send({ ...get, maxMicroversion: "2.90" }, scope());
  t.equal(fake.count("GET /compute/v2.1/"), 2, "the range is asked for again after its time");
});
