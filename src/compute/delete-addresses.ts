import { Fault, isFault } from "../cloud/fault.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { ServerFloatingIps } from "./pending-steps.ts";

/**
 * Deletes the floating IPs of a server that is to go after them, also those that only
 * Neutron knows of, and answers their addresses. One that is gone already is none.
 *
 * @throws Fault of the first that cannot be deleted, with the server's id and its own.
 */
export async function deleteAddresses(
  serverId: string,
  floatingIps: ServerFloatingIps,
  region: Region,
  scope: CallScope,
): Promise<string[]> {
  const deleted: string[] = [];
  for (const { id, floating_ip_address: address } of await floatingIps.ofServer(serverId, region, scope)) {
    try {
      await floatingIps.delete(String(id), region, scope);
    } catch (error) {
      if (isFault(error, "NOT_FOUND")) {
        continue;
      }
      throw isFault(error)
        ? new Fault(
            error.reason,
            `the floating IP ${address} cannot be deleted, so the server stays: ${error.message}`,
            {
              metadata: { ...error.metadata, resourceId: serverId, floatingIpId: String(id) },
              cause: error,
            },
          )
        : error;
    }
    deleted.push(String(address));
  }
  return deleted;
}
