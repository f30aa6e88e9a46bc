import { NetworkService } from "../gen/oaktree/v1/network_pb.js";
import type { Engine } from "../rest/engine.ts";
import { type Handlers, handlersOf } from "../rest/handler.ts";
import { changeHandlers } from "./changes.ts";
import { deleteUnattachedHandler } from "./delete-unattached.ts";
import { floatingIpHandlers } from "./floating-ip-handlers.ts";
import type { FloatingIps } from "./floating-ips.ts";
import { listPoolsHandler } from "./list-pools.ts";
import { networkRolesHandler } from "./network-roles-handler.ts";

/** The RPCs of `NetworkService` that are more than a REST call. */
export function networkHandlers(engine: Engine, floatingIps: FloatingIps): Handlers {
  return handlersOf(NetworkService, {
    ...changeHandlers(engine),
    ...floatingIpHandlers(engine, floatingIps),
    deleteUnattachedFloatingIps: deleteUnattachedHandler(engine, floatingIps),
    listFloatingIpPools: listPoolsHandler(),
    getNetworkRoles: networkRolesHandler(),
  });
}
