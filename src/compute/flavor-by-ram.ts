import { create } from "@bufbuild/protobuf";
import { Fault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import { oneRegion } from "../cloud/one-region.ts";
import type { Call } from "../cloud/region.ts";
import {
  type FlavorSchema,
  type GetFlavorByRamRequest,
  type GetFlavorByRamResponse,
  GetFlavorByRamResponseSchema,
} from "../gen/oaktree/v1/compute_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";

/** Makes the handler of `GetFlavorByRam`. */
export function flavorByRamHandler(flavors: ResourceClient<typeof FlavorSchema>) {
  return async (
    { location, ramMib, include }: GetFlavorByRamRequest,
    call: Call,
  ): Promise<GetFlavorByRamResponse> => {
    const region = await oneRegion(call, location);
    let best: JsonObject | undefined;
    for await (const page of flavors.pages({ query: {}, limit: 1000 }, region, call)) {
      for (const flavor of page.objects) {
        const fits = Number(flavor.ram) >= Number(ramMib) && String(flavor.name).includes(include);
        if (fits && (best === undefined || Number(flavor.ram) < Number(best.ram))) {
          best = flavor;
        }
      }
    }
    if (best === undefined) {
      const named = include === "" ? "" : ` whose name contains ${JSON.stringify(include)}`;
      throw new Fault(
        "NOT_FOUND",
        `there is no flavor of ${ramMib} MiB or more${named} in ${region.cloud}/${region.name}`,
        { metadata: { cloud: region.cloud, region: region.name, service: "compute" } },
      );
    }
    return create(GetFlavorByRamResponseSchema, { flavor: await flavors.message(best, region, call) });
  };
}
