import t from "tap";
import { Fault } from "../../src/cloud/fault.ts";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault } from "../support/fake-region.ts";

const { listFlavors } = ComputeService.method;
const well = (cloud: string) => new FakeRegion(() => ({ flavors: [{ id: `of-${cloud}` }] }), cloud);
const ill = (cloud: string) =>
  new FakeRegion(
    () => new Fault("UPSTREAM_UNAVAILABLE", "connection refused", { metadata: { upstreamStatus: "503" } }),
    cloud,
  );

t.test("a list without a location goes to all, and says who did not answer", async (t) => {
  const answer = await api().call(listFlavors, {}, callTo(well("b"), ill("c"), well("a")));
  t.strictSame(
    answer.flavors.map(({ id, location }) => [id, location?.cloud]),
    [
      ["of-a", "a"],
      ["of-b", "b"],
    ],
  );
  t.match(answer.unreachable, [{ cloud: "c", region: "RegionOne" }]);
});

t.test("unreachable locations are remembered over pages", async (t) => {
  const oaktree = api();
  const call = callTo(ill("a"), well("b"), well("c"));
  const first = await oaktree.call(listFlavors, { pageSize: 1 }, call);
  const second = await oaktree.call(listFlavors, { pageSize: 1, pageToken: first.nextPageToken }, call);
  t.match(second, { flavors: [{ id: "of-c" }], unreachable: [{ cloud: "a" }] });
});

t.test("require_all_locations makes it an error", async (t) => {
  await t.rejects(
    api().call(listFlavors, { requireAllLocations: true }, callTo(well("a"), ill("b"))),
    fault("LOCATION_UNREACHABLE", { cloud: "b" }),
  );
});

t.test("the one location that was named gives its own error", async (t) => {
  await t.rejects(
    api().call(listFlavors, { location: { cloud: "b" } }, callTo(well("a"), ill("b"))),
    fault("UPSTREAM_UNAVAILABLE", { upstreamStatus: "503" }),
  );
});

t.test("the request's own faults are not the location's", async (t) => {
  const region = new FakeRegion(() => new Fault("FORBIDDEN", "policy"));
  await t.rejects(api().call(listFlavors, {}, callTo(region, well("a"))), fault("FORBIDDEN"));
});

t.test("no network service means no networks, but no compute service is an error", async (t) => {
  const region = new FakeRegion(() => new Fault("SERVICE_NOT_AVAILABLE", "none"));
  t.strictSame((await api().call(NetworkService.method.listNetworks, {}, callTo(region))).networks, []);
  await t.rejects(api().call(listFlavors, {}, callTo(region)), fault("SERVICE_NOT_AVAILABLE"));
});

t.test("locations are asked side by side", async (t) => {
  const asked: string[] = [];
  let release = () => {};
  const all = new Promise<void>((resolve) => {
    release = resolve;
  });
  const regions = ["a", "b", "c"].map((cloud) => {
    const region = well(cloud);
    const { send } = region;
    region.send = async (request, scope) => {
      asked.push(cloud);
      if (asked.length === 3) {
        release();
      }
      await all;
      return send.call(region, request, scope);
    };
    return region;
  });
  const { flavors } = await api().call(listFlavors, {}, callTo(...regions));
  t.equal(flavors.length, 3);
});

t.test("one object needs one location", async (t) => {
  await t.rejects(
    api().call(ComputeService.method.getFlavor, { nameOrId: "x" }, callTo(well("a"), well("b"))),
    fault("LOCATION_REQUIRED", { choices: "a/RegionOne, b/RegionOne" }),
  );
});
