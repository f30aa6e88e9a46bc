import t from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { contract, onSandbox } from "../support/worlds.ts";

contract("a server group is made, found and deleted", async (t, { client, location, unique, serves }) => {
  const compute = client(ComputeService);
  const name = unique("group");
  const { serverGroup: created } = await compute.createServerGroup({
    location,
    name,
    policy: "anti-affinity",
    maxServersPerHost: 3,
  });
  const nameOrId = created?.id ?? "";
  t.teardown(() => compute.deleteServerGroup({ location, nameOrId, allowMissing: true }));
  t.match(created, { name, policy: "anti-affinity", maxServersPerHost: 3, members: [] });
  t.equal(created?.location?.project?.id, created?.projectId);
  t.strictSame((await compute.getServerGroup({ location, nameOrId: name })).serverGroup, created);
  t.strictSame((await compute.listServerGroups({ location, nameOrId: name })).serverGroups, [created]);
  const wrong = compute.createServerGroup({ location, name, policy: "no-such" });
  t.match(await failure(wrong), { reason: "UPSTREAM_BAD_REQUEST", message: /policy/ });

  const { server } = await compute.createServer({
    location,
    name: unique("member"),
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
    serverGroup: name,
  });
  const member = server?.id ?? "";
  t.teardown(() => compute.deleteServer({ location, nameOrId: member, allowMissing: true }));
  t.match((await compute.waitForServerStatus({ location, nameOrId: member })).server, {
    statusText: "ACTIVE",
  });
  t.strictSame((await compute.getServerGroup({ location, nameOrId })).serverGroup?.members, [member]);

  await compute.deleteServerGroup({ location, nameOrId: name });
  t.match(await failure(compute.getServerGroup({ location, nameOrId })), { reason: "NOT_FOUND" });
  t.match(await failure(compute.deleteServerGroup({ location, nameOrId })), { reason: "NOT_FOUND" });
  serves(t, "create_server_group", "list_server_groups", "search_server_groups");
  serves(t, "get_server_group", "delete_server_group");
});

t.test("a cloud from before 2.64 has the same groups, without rules", (t) =>
  onSandbox(t, { novaMicroversion: "2.60" }, async (t, { client, location }) => {
    const compute = client(ComputeService);
    const { serverGroup } = await compute.createServerGroup({
      location,
      name: "old",
      policy: "soft-affinity",
    });
    t.match(serverGroup, { name: "old", policy: "soft-affinity", maxServersPerHost: undefined });
    t.strictSame((await compute.listServerGroups({ location })).serverGroups, [serverGroup]);
    const ruled = { location, name: "new", policy: "anti-affinity", maxServersPerHost: 2 };
    t.match(await failure(compute.createServerGroup(ruled)), { reason: "UNSUPPORTED_BY_CLOUD" });
  }),
);
