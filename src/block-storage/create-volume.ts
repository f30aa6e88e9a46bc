import { create } from "@bufbuild/protobuf";
import { Fault } from "../cloud/fault.ts";
import { oneRegion } from "../cloud/one-region.ts";
import type { Call } from "../cloud/region.ts";
import {
  type CreateVolumeRequest,
  CreateVolumeRequestSchema,
  type CreateVolumeResponse,
  CreateVolumeResponseSchema,
  VolumeSchema,
} from "../gen/oaktree/v1/block_storage_pb.js";
import { ImageSchema } from "../gen/oaktree/v1/image_pb.js";
import { compileEncoder } from "../rest/encode.ts";
import type { Engine } from "../rest/engine.ts";
import { smallestVolume } from "./smallest-volume.ts";

/** Makes the handler of `CreateVolume`. */
export function createVolumeHandler(engine: Engine) {
  const volumes = engine.resource(VolumeSchema);
  const images = engine.resource(ImageSchema);
  const encode = compileEncoder(CreateVolumeRequestSchema, volumes.table, ["image", "scheduler_hints"]);

  return async (request: CreateVolumeRequest, call: Call): Promise<CreateVolumeResponse> => {
    checkSource(request);
    const region = await oneRegion(call, request.location);
    const { body: volume } = await encode(request, (typeName, nameOrId) =>
      engine.find(typeName, nameOrId, region, call),
    );
    if (request.image !== "") {
      const { id, raw } = await images.find(request.image, region, call);
      volume.imageRef = id;
      volume.size ??= smallestVolume(raw);
    }
    const hints = request.schedulerHints;
    const answer = await volumes.send(
      {
        method: "POST",
        path: volumes.table.path,
        // cinder/api/contrib/scheduler_hints.py: the hints stand beside the volume.
        body: { volume, ...(hints === undefined ? {} : { "OS-SCH-HNT:scheduler_hints": hints }) },
      },
      region,
      call,
    );
    const raw = volumes.objectIn(answer, ["volume"], region);
    return create(CreateVolumeResponseSchema, { volume: await volumes.message(raw, region, call) });
  };
}

function checkSource({ image, snapshot, sourceVolume, sizeGib }: CreateVolumeRequest): void {
  const given = Object.entries({ image, snapshot, source_volume: sourceVolume }).filter(
    ([, value]) => value !== "",
  );
  const [first, second] = given.map(([field]) => field);
  const field = second ?? "size_gib";
  if (second !== undefined || (first === undefined && sizeGib === 0n)) {
    const description =
      second === undefined ? "an empty volume needs a size" : `cannot be given together with ${first}`;
    throw new Fault("INVALID_REQUEST", `${field}: ${description}`, { fields: [{ field, description }] });
  }
}
