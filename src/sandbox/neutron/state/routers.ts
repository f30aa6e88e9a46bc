import { randomUUID } from "node:crypto";
import { ipNumber, subnetsOf, takeAddress } from "./addresses.ts";
import type { Gateway, NeutronState, Router } from "./types.ts";

/** Adds a router without a gateway. */
export function addRouter(
  world: NeutronState,
  rest: { projectId: string; name: string; description?: string },
): Router {
  const now = world.timeline.now();
  const router: Router = {
    id: randomUUID(),
    createdAt: now,
    updatedAt: now,
    description: "",
    adminUp: true,
    gateway: undefined,
    routes: [],
    ...rest,
  };
  world.routers.set(router.id, router);
  return router;
}

/** Gives a router a gateway, or takes it away. False when the network has no free address. */
export function setGateway(
  world: NeutronState,
  router: Router,
  networkId: string | undefined,
  snat = true,
): boolean {
  let gateway: Gateway | undefined;
  if (networkId !== undefined) {
    const [subnet] = subnetsOf(world, networkId);
    const address = subnet && takeAddress(subnet);
    if (subnet === undefined || address === undefined) {
      return false;
    }
    gateway = { networkId, subnetId: subnet.id, address, snat };
  }
  const old = router.gateway;
  if (old !== undefined) {
    world.subnets.get(old.subnetId)?.used.delete(ipNumber(old.address));
  }
  router.gateway = gateway;
  router.updatedAt = world.timeline.now();
  return true;
}

/** The router that leads from a subnet to an external network. */
export function routerBetween(world: NeutronState, subnetId: string, networkId: string): Router | undefined {
  return [...world.routers.values()].find(
    (router) =>
      router.gateway?.networkId === networkId &&
      [...world.ports.values()].some(
        (port) => port.deviceId === router.id && port.fixedIps.some((fixed) => fixed.subnetId === subnetId),
      ),
  );
}
