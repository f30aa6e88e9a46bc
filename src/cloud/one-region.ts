import { Fault } from "./fault.ts";
import type { Call, Region } from "./region.ts";

/** What a request says of its location: names, or empty text for any. */
export interface Selector {
  /** Name of a cloud. */
  readonly cloud: string;
  /** Name of a region. */
  readonly region: string;
}

/** The regions that a request's location leaves, all of them when it says nothing. */
export function regionsOf(call: Call, location: Selector | undefined): Promise<Region[]> {
  const selector = {
    ...(location?.cloud ? { cloud: location.cloud } : {}),
    ...(location?.region ? { region: location.region } : {}),
  };
  return call.caller.regions(selector, call);
}

/**
 * The one region that a call works on.
 *
 * @throws Fault `LOCATION_REQUIRED` where the selector leaves a choice.
 */
export async function oneRegion(call: Call, location: Selector | undefined): Promise<Region> {
  const regions = await regionsOf(call, location);
  const [only, ...others] = regions;
  if (only !== undefined && others.length === 0) {
    return only;
  }
  const choices = regions.map((region) => `${region.cloud}/${region.name}`).join(", ");
  throw new Fault("LOCATION_REQUIRED", `say in location which cloud and region: ${choices}`, {
    metadata: { choices },
  });
}

/** One region of each cloud that a request's location leaves: for what is the cloud's and in no region. */
export async function cloudsOf(call: Call, location: Selector | undefined): Promise<Region[]> {
  const regions = await regionsOf(call, location);
  return regions.filter(
    (region, index) => regions.findIndex(({ cloud }) => cloud === region.cloud) === index,
  );
}

/**
 * The one cloud that a call works on, by one of its regions.
 *
 * @throws Fault `LOCATION_REQUIRED` where the selector leaves a choice.
 */
export async function oneCloud(call: Call, location: Selector | undefined): Promise<Region> {
  const [only, ...others] = await cloudsOf(call, location);
  if (only !== undefined && others.length === 0) {
    return only;
  }
  const choices = [only, ...others].map((region) => region?.cloud).join(", ");
  throw new Fault("LOCATION_REQUIRED", `say in location which cloud: ${choices}`, { metadata: { choices } });
}
