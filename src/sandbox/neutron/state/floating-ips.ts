import { randomUUID } from "node:crypto";
import { ipNumber, subnetsOf, takeAddress } from "./addresses.ts";
import type { FloatingIp, NeutronState } from "./types.ts";

/** Adds a floating IP. Undefined when the network has no free address, or the wanted one is taken. */
export function addFloatingIp(
  world: NeutronState,
  networkId: string,
  rest: { projectId: string; description: string; at: FloatingIp["at"] },
  wanted?: string,
): FloatingIp | undefined {
  for (const subnet of subnetsOf(world, networkId)) {
    const address = takeAddress(subnet, wanted);
    if (address !== undefined) {
      const now = world.timeline.now();
      const floatingIp: FloatingIp = {
        id: randomUUID(),
        createdAt: now,
        updatedAt: now,
        networkId,
        subnetId: subnet.id,
        address,
        tags: new Set(),
        ...rest,
      };
      world.floatingIps.set(floatingIp.id, floatingIp);
      return floatingIp;
    }
  }
  return undefined;
}

/** Removes a floating IP and frees its address. */
export function removeFloatingIp(world: NeutronState, { id, subnetId, address }: FloatingIp): void {
  world.floatingIps.delete(id);
  world.subnets.get(subnetId)?.used.delete(ipNumber(address));
}

/** The floating IPs of a port. */
export function floatingIpsOf(world: NeutronState, portId: string): FloatingIp[] {
  return [...world.floatingIps.values()].filter(({ at }) => at?.portId === portId);
}
