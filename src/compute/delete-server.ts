import { create } from "@bufbuild/protobuf";
import { Fault, isFault } from "../cloud/fault.ts";
import { isObject, type JsonObject } from "../cloud/json.ts";
import { oneRegion } from "../cloud/one-region.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import {
  type DeleteServerRequestSchema,
  DeleteServerResponseSchema,
  type ServerSchema,
} from "../gen/oaktree/v1/compute_pb.js";
import type { UnaryHandlerOf } from "../rest/handler.ts";
import type { ResourceClient } from "../rest/resource-client.ts";
import { deleteAddresses } from "./delete-addresses.ts";
import type { PendingSteps, ServerFloatingIps } from "./pending-steps.ts";
import type { ServerPolls } from "./server-polls.ts";

/** Makes the handler of `DeleteServer`. */
export function deleteServerHandler(
  servers: ResourceClient<typeof ServerSchema>,
  polls: ServerPolls,
  steps: PendingSteps,
  floatingIps: ServerFloatingIps,
): UnaryHandlerOf<typeof DeleteServerRequestSchema, typeof DeleteServerResponseSchema> {
  return async (request, call) => {
    const region = await oneRegion(call, request.location);
    const remove = async (id: string) => {
      await servers.send({ method: "DELETE", path: servers.pathOf(id) }, region, call);
      if (request.wait) {
        await untilGone(id, servers, polls, region, call);
      }
    };
    try {
      if (!request.deleteIps) {
        await servers.withId(request.nameOrId, region, call, remove);
        return create(DeleteServerResponseSchema);
      }
      const { id, raw } = await servers.find(request.nameOrId, region, call);
      await forget(raw, steps, region, call);
      const deletedFloatingIps = await deleteAddresses(id, floatingIps, region, call);
      await remove(id);
      return create(DeleteServerResponseSchema, { deletedFloatingIps });
    } catch (error) {
      if (request.allowMissing && isFault(error, "NOT_FOUND")) {
        return create(DeleteServerResponseSchema);
      }
      throw error;
    }
  };
}

/**
 * A step that is still noted would make an address while the server goes. Nova keeps
 * the notes of a server that it is building (`check_instance_state` of
 * nova/compute/api.py); nobody does a step for one that is not up, or is being deleted.
 */
async function forget(raw: JsonObject, steps: PendingSteps, region: Region, scope: CallScope): Promise<void> {
  try {
    await steps.forget(raw, region, scope);
  } catch (error) {
    if (!isFault(error, "CONFLICT")) {
      throw error;
    }
  }
}

/** @throws Fault `SERVER_FAULT` when the cloud gives up. */
async function untilGone(
  id: string,
  servers: ResourceClient<typeof ServerSchema>,
  polls: ServerPolls,
  region: Region,
  scope: CallScope,
): Promise<void> {
  try {
    for await (const sighting of polls.watch(id, region, scope)) {
      if (sighting === "gone") {
        return;
      }
      if (hasStopped(sighting)) {
        // The poll may be from before the request; what is asked now is not.
        const raw = await servers.get(id, region, scope);
        if (hasStopped(raw)) {
          const words = isObject(raw.fault) ? String(raw.fault.message) : "Nova gives no reason";
          throw new Fault("SERVER_FAULT", `server ${id} went to ERROR instead of being deleted: ${words}`, {
            metadata: { cloud: region.cloud, region: region.name, service: "compute" },
          });
        }
      }
    }
  } catch (error) {
    if (!isFault(error, "NOT_FOUND")) {
      throw isFault(error) ? error.with({ resourceId: id }) : error;
    }
  }
}

/** While Nova deletes a server it says so in its task, whatever its state. */
function hasStopped(raw: JsonObject): boolean {
  return raw.status === "ERROR" && typeof raw["OS-EXT-STS:task_state"] !== "string";
}
