import { create } from "@bufbuild/protobuf";
import { Fault, isFault } from "../cloud/fault.ts";
import { oneRegion } from "../cloud/one-region.ts";
import { join, literalPath } from "../cloud/path.ts";
import type { Call } from "../cloud/region.ts";
import {
  type DeleteVolumeRequest,
  type DeleteVolumeResponse,
  DeleteVolumeResponseSchema,
  type VolumeSchema,
} from "../gen/oaktree/v1/block_storage_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";

/** Makes the handler of `DeleteVolume`. */
export function deleteVolumeHandler(volumes: ResourceClient<typeof VolumeSchema>) {
  return async (request: DeleteVolumeRequest, call: Call): Promise<DeleteVolumeResponse> => {
    const { location, nameOrId, allowMissing, deleteSnapshots, force } = request;
    if (force && deleteSnapshots) {
      const description = "cannot be given together with force";
      throw new Fault("INVALID_REQUEST", `delete_snapshots: ${description}`, {
        fields: [{ field: "delete_snapshots", description }],
      });
    }
    const region = await oneRegion(call, location);
    const send = (id: string) => {
      const path = volumes.pathOf(id);
      // The action is as old as Cinder, the query parameter `force` came with 3.23.
      return force
        ? volumes.send(
            { method: "POST", path: join(path, literalPath("/action")), body: { "os-force_delete": {} } },
            region,
            call,
          )
        : volumes.send(
            { method: "DELETE", path, query: deleteSnapshots ? { cascade: "true" } : {} },
            region,
            call,
          );
    };
    try {
      await volumes.withId(nameOrId, region, call, send);
    } catch (error) {
      if (!(allowMissing && isFault(error, "NOT_FOUND"))) {
        throw error;
      }
    }
    return create(DeleteVolumeResponseSchema);
  };
}
