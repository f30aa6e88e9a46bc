import { create } from "@bufbuild/protobuf";
import { isFault } from "../cloud/fault.ts";
import { oneRegion } from "../cloud/one-region.ts";
import { path } from "../cloud/path.ts";
import type { Call } from "../cloud/region.ts";
import {
  type DetachVolumeRequest,
  type DetachVolumeResponse,
  DetachVolumeResponseSchema,
  VolumeAttachmentSchema,
} from "../gen/oaktree/v1/block_storage_pb.js";
import type { Engine } from "../rest/engine.ts";

/** Makes the handler of `DetachVolume`: an attachment's id in Nova is that of the volume, which has a name too. */
export function detachVolumeHandler(engine: Engine) {
  const attachments = engine.resource(VolumeAttachmentSchema);
  return async (request: DetachVolumeRequest, call: Call): Promise<DetachVolumeResponse> => {
    const region = await oneRegion(call, request.location);
    try {
      const [server, volume] = await Promise.all([
        engine.find("oaktree.v1.Server", request.server, region, call),
        engine.find("oaktree.v1.Volume", request.volume, region, call),
      ]);
      await attachments.send(
        { method: "DELETE", path: path`/servers/${server}/os-volume_attachments/${volume}` },
        region,
        call,
      );
    } catch (error) {
      if (!(request.allowMissing && isFault(error, "NOT_FOUND"))) {
        throw error;
      }
    }
    return create(DetachVolumeResponseSchema);
  };
}
