import t from "tap";
import { AccessService } from "../../src/gen/oaktree/v1/access_pb.js";
import { api } from "../support/api.ts";
import { callTo, FakeRegion, fault } from "../support/fake-region.ts";

const { listApiUsers, getApiUser, whoAmI } = AccessService.method;
const one = { id: "0123456789abcdef0123456789abcdef", name: "ci", project_id: "p", roles: [] };
const keystone = (cloud: string, region: string) =>
  new FakeRegion(
    ({ path }) =>
      path.endsWith(one.id) ? { application_credential: one } : { application_credentials: [one] },
    cloud,
    region,
  );

t.test("what is the cloud's is asked for once, and is in no region", async (t) => {
  const regions = [keystone("a", "north"), keystone("a", "south"), keystone("b", "north")];
  const { apiUsers } = await api().call(listApiUsers, {}, callTo(...regions));
  t.same(
    apiUsers.map(({ location }) => [location?.cloud, location?.region]),
    [
      ["a", ""],
      ["b", ""],
    ],
  );
  t.same(
    regions.map(({ log }) => log),
    [["GET /users/{caller}/application_credentials"], [], ["GET /users/{caller}/application_credentials"]],
  );
  const { identities } = await api().call(whoAmI, {}, callTo(...regions));
  t.same(
    identities.map(({ location }) => location?.cloud),
    ["a", "b"],
  );
});

t.test("one of several regions need not be chosen, one of several clouds must", async (t) => {
  const regions = [keystone("a", "north"), keystone("a", "south"), keystone("b", "north")];
  const get = (cloud: string) =>
    api().call(getApiUser, { nameOrId: one.id, location: { cloud } }, callTo(...regions));
  t.match(await get("a"), { apiUser: { id: one.id, location: { cloud: "a", region: "" } } });
  await t.rejects(get(""), fault("LOCATION_REQUIRED", { choices: "a, b" }));
});
