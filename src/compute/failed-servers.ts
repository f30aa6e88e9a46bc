import { Fault, isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import {
  OnFailure,
  type Server,
  type ServerSchema,
  type ServerStatus,
  ServerStatusSchema,
} from "../gen/oaktree/v1/compute_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";
import { deleteAddresses } from "./delete-addresses.ts";
import type { ServerFloatingIps } from "./pending-steps.ts";

/** What is said of a server that went to ERROR while somebody waited for it, and what becomes of it. */
export class FailedServers {
  readonly #servers: ResourceClient<typeof ServerSchema>;
  readonly #floatingIps: ServerFloatingIps;

  /** Works with the engine's servers and their floating IPs. */
  constructor(servers: ResourceClient<typeof ServerSchema>, floatingIps: ServerFloatingIps) {
    this.#servers = servers;
    this.#floatingIps = floatingIps;
  }

  /** The fault with Nova's words. The server has been deleted then, if it was to be. */
  async fault(
    raw: JsonObject,
    server: Server,
    wanted: ServerStatus,
    onFailure: OnFailure,
    region: Region,
    scope: CallScope,
  ): Promise<Fault> {
    // Oaktree gives no floating IP to a server that is not up: one that is there came with the user's port.
    const withIps = onFailure === OnFailure.DELETE;
    const isDeleted = isToGo(raw, onFailure) && (await this.#delete(server.id, withIps, region, scope));
    const status = ServerStatusSchema.values.find(({ number }) => number === wanted)?.name ?? "";
    const words = server.fault?.message || "Nova gives no reason";
    return new Fault("SERVER_FAULT", `server ${server.id} went to ERROR before ${status}: ${words}`, {
      metadata: {
        ...whereabouts(server),
        faultCode: String(server.fault?.code ?? ""),
        deleted: String(isDeleted),
      },
    });
  }

  async #delete(id: string, withIps: boolean, region: Region, scope: CallScope): Promise<boolean> {
    try {
      if (withIps) {
        await deleteAddresses(id, this.#floatingIps, region, scope);
      }
      await this.#servers.send({ method: "DELETE", path: this.#servers.pathOf(id) }, region, scope);
      return true;
    } catch (error) {
      // Why the server failed is what the caller must hear; it has the id to try again.
      if (isFault(error)) {
        return error.reason === "NOT_FOUND" && error.metadata.service === "compute";
      }
      throw error;
    }
  }
}

/** Where a server is, as metadata of faults. */
export function whereabouts(server: Server): Record<string, string> {
  return {
    cloud: server.location?.cloud ?? "",
    region: server.location?.region ?? "",
    service: "compute",
    resourceId: server.id,
  };
}

/**
 * Nova notes when a server ran for the first time. One that never did holds nothing
 * of anybody's; one that failed later, as in a resize, may hold all that its owner has.
 */
function isToGo(raw: JsonObject, onFailure: OnFailure): boolean {
  switch (onFailure) {
    case OnFailure.DELETE:
      return true;
    case OnFailure.KEEP:
      return false;
    default:
      return raw["OS-SRV-USG:launched_at"] === null;
  }
}
