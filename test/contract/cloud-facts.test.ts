import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { contract } from "../support/worlds.ts";

contract("zones and limits are told", async (t, { client, location, serves }) => {
  const compute = client(ComputeService);
  const { availabilityZones } = await compute.listAvailabilityZones({ location });
  t.match(availabilityZones, [{ id: "nova", name: "nova", isAvailable: true }]);
  const { computeLimits } = await compute.getComputeLimits({ location });
  t.ok(Number(computeLimits?.maxTotalInstances) > 0 && Number(computeLimits?.maxTotalRamMib) > 0);
  serves(t, "list_availability_zone_names", "get_compute_limits");
});
