import t from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault, notFound } from "../support/fake-region.ts";

const id = "066acb70-61a8-429e-9bb2-f28de8c3d281";
const other = "a9ac4c02-62a9-4548-b6bb-29abd9c7c3e6";

t.test("an id is one GET", async (t) => {
  const region = new FakeRegion(({ path }) =>
    path === `/networks/${id}` ? { network: { id, name: "n", "router:external": false } } : notFound(),
  );
  const { network } = await api().call(NetworkService.method.getNetwork, { nameOrId: id }, callTo(region));
  t.match(network, { id, name: "n", location: { cloud: "devstack", region: "RegionOne" } });
  t.strictSame(region.log, [`GET /networks/${id}`]);
});

t.test("a name is one list, narrowed where the service can", async (t) => {
  const region = new FakeRegion(({ query }) => ({
    networks: query?.name === "blue net" ? [{ id, name: "blue net", "router:external": false }] : [],
  }));
  const { network } = await api().call(
    NetworkService.method.getNetwork,
    { nameOrId: "blue net" },
    callTo(region),
  );
  t.equal(network?.id, id);
  t.strictSame(region.log, ["GET /networks?name=blue+net&limit=1000"]);
});

t.test("two of one name are an error with both ids", async (t) => {
  const region = new FakeRegion(() => ({
    networks: [
      { id, name: "twin" },
      { id: other, name: "twin" },
    ],
  }));
  await t.rejects(
    api().call(NetworkService.method.getNetwork, { nameOrId: "twin" }, callTo(region)),
    fault("AMBIGUOUS_NAME", { candidates: `${id}, ${other}` }),
  );
});

t.test("a name that looks like an id is still found as a name", async (t) => {
  const region = new FakeRegion(({ path }) =>
    path === "/networks" ? { networks: [{ id: other, name: id }] } : notFound(),
  );
  const { network } = await api().call(NetworkService.method.getNetwork, { nameOrId: id }, callTo(region));
  t.equal(network?.id, other);
});

t.test("Nova's name filter is a regular expression: what it lets through is compared here", async (t) => {
  const region = new FakeRegion(({ path }) =>
    path === "/servers/detail"
      ? {
          servers: [
            { id: other, name: "webX1" },
            { id, name: "web.1" },
          ],
        }
      : notFound(),
  );
  const { server } = await api().call(ComputeService.method.getServer, { nameOrId: "web.1" }, callTo(region));
  t.equal(server?.id, id);
  t.match(region.requests[0]?.query, { name: "^web\\.1$" });
});

t.test("deleting by id needs no look-up, by name one", async (t) => {
  const region = new FakeRegion(({ method, path }) => {
    if (method === "DELETE" && path === `/servers/${id}`) {
      return undefined;
    }
    return path === "/servers/detail" ? { servers: [{ id, name: "web" }] } : notFound();
  });
  await api().call(ComputeService.method.deleteServer, { nameOrId: id }, callTo(region));
  await api().call(ComputeService.method.deleteServer, { nameOrId: "web" }, callTo(region));
  t.strictSame(region.log, [
    `DELETE /servers/${id}`,
    "GET /servers/detail?name=%5Eweb%24&limit=1000",
    `DELETE /servers/${id}`,
  ]);
});

t.test("deleting what is not there is NOT_FOUND, or fine with allow_missing", async (t) => {
  const region = new FakeRegion(({ path }) => (path === "/servers/detail" ? { servers: [] } : notFound()));
  const remove = (allowMissing: boolean) =>
    api().call(ComputeService.method.deleteServer, { nameOrId: id, allowMissing }, callTo(region));
  await t.rejects(remove(false), fault("NOT_FOUND", { resourceId: id, service: "compute" }));
  await t.resolves(remove(true));
});
