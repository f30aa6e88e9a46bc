import { Fault, type Reason } from "../cloud/fault.ts";
import type { Region } from "../cloud/region.ts";

/** A fault about Neutron's part of a region. */
export function networkFault(reason: Reason, message: string, region: Region, resourceId?: string): Fault {
  return new Fault(reason, message, {
    metadata: {
      cloud: region.cloud,
      region: region.name,
      service: "network",
      ...(resourceId === undefined ? {} : { resourceId }),
    },
  });
}
