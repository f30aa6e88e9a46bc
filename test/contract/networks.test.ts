import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

contract("networks are listed and found", async (t, { client, location, serves }) => {
  const network = client(NetworkService);
  const { networks } = await network.listNetworks({ location });
  const byName = (name: string) => networks.find((one) => one.name === name);
  t.match(byName("private"), { isRouterExternal: false, isAdminStateUp: true, status: "ACTIVE" });
  t.equal(byName("private")?.location?.project?.id, byName("private")?.projectId);
  t.match(byName("public"), { isRouterExternal: true });
  t.equal(byName("private")?.subnetIds.length, 1);
  for (const nameOrId of ["private", byName("private")?.id ?? ""]) {
    t.strictSame((await network.getNetwork({ location, nameOrId })).network, byName("private"));
  }
  const external = await network.listNetworks({ location, filters: { is_router_external: "true" } });
  t.strictSame(
    external.networks.map(({ name }) => name),
    ["public"],
  );
  t.match(await failure(network.getNetwork({ location, nameOrId: "nowhere" })), { reason: "NOT_FOUND" });
  serves(t, "list_networks", "search_networks", "get_network", "get_network_by_id");
});
