import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import type { JsonObject } from "../../src/cloud/json.ts";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, notFound } from "../support/fake-region.ts";

const nano = { id: "42", name: "m1.nano", vcpus: 1, ram: 192, disk: 1, swap: "", extra_specs: { a: "b" } };
const embedded = { original_name: "m1.nano", vcpus: 1, ram: 192, disk: 1 };

/** A cloud whose servers have these flavors. */
function cloud(flavors: readonly JsonObject[], list: () => JsonObject | Fault = () => ({ flavors: [nano] })) {
  return new FakeRegion(({ path }) => {
    switch (path) {
      case "/servers/detail":
        return { servers: flavors.map((flavor, index) => ({ id: `s${index}`, name: "web", flavor })) };
      case "/flavors/detail":
        return list();
      default:
        return notFound();
    }
  });
}

async function flavorsOf(region: FakeRegion, oaktree = api()) {
  const { servers } = await oaktree.call(ComputeService.method.listServers, {}, callTo(region));
  return servers.map(({ flavor }) => flavor);
}

t.test("old clouds tell the id, new ones the rest: both give all of it", async (t) => {
  const [old, today] = await flavorsOf(cloud([{ id: "42" }, embedded]));
  const size = { id: "42", name: "m1.nano", vcpus: 1, ramMib: 192n, diskGib: 1n };
  t.match(old, { ...size, extraSpecs: { a: "b" } });
  t.match(today, size);
});

t.test("a flavor that was made anew under its name is another one", async (t) => {
  const [changed, gone] = await flavorsOf(
    cloud([
      { ...embedded, ram: 256 },
      { ...embedded, original_name: "old" },
    ]),
  );
  t.match(changed, { id: "", name: "m1.nano", ramMib: 256n });
  t.match(gone, { id: "", name: "old" });
});

t.test("many answers cost one list of flavors, and clouds that tell all of it none", async (t) => {
  const region = cloud([embedded]);
  const oaktree = api();
  await Promise.all(Array.from({ length: 5 }, () => flavorsOf(region, oaktree)));
  await flavorsOf(region, oaktree);
  t.equal(region.log.filter((line) => line.startsWith("GET /flavors")).length, 1);
  const whole = cloud([{ ...embedded, id: "42" }]);
  await flavorsOf(whole);
  t.notOk(whole.log.some((line) => line.startsWith("GET /flavors")));
});

t.test("servers are listed where flavors are not", async (t) => {
  const [flavor] = await flavorsOf(cloud([embedded], () => new Fault("UPSTREAM_ERROR", "500")));
  t.match(flavor, { id: "", name: "m1.nano" });
});
