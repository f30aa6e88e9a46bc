import t from "tap";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion } from "../support/fake-region.ts";

const { listNetworks } = NetworkService.method;

/** A Neutron of today: it says of networks of others not whether they are external, but can be asked for those. */
const neutron = () =>
  new FakeRegion(({ query }) => ({
    networks:
      query?.["router:external"] === "True" || query?.["router:external"] === "true"
        ? [{ id: "1", name: "public" }]
        : [
            { id: "1", name: "public" },
            { id: "2", name: "private", "router:external": false },
          ],
  }));

t.test("networks of others are known as external by Neutron's own filter", async (t) => {
  const region = neutron();
  const { networks } = await api().call(listNetworks, {}, callTo(region));
  t.match(networks, [
    { name: "public", isRouterExternal: true },
    { name: "private", isRouterExternal: false },
  ]);
  t.equal(region.requests.length, 2, "for one list more");
});

t.test("the filter of the request finds them too", async (t) => {
  const request = { filters: { is_router_external: "true" } };
  const { networks } = await api().call(listNetworks, request, callTo(neutron()));
  t.match(networks, [{ name: "public" }]);
  t.equal(networks.length, 1);
});

t.test("where the answer says it there is nothing to ask", async (t) => {
  const region = new FakeRegion(() => ({ networks: [{ id: "1", "router:external": true }] }));
  t.match((await api().call(listNetworks, {}, callTo(region))).networks, [{ isRouterExternal: true }]);
  t.equal(region.requests.length, 1);
});
