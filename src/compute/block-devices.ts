import { smallestVolume } from "../block-storage/smallest-volume.ts";
import { Fault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { CreateServerRequest } from "../gen/oaktree/v1/compute_pb.js";
import { ImageSchema } from "../gen/oaktree/v1/image_pb.js";
import type { Engine } from "../rest/engine.ts";

/**
 * What a server boots from and which volumes it has, in Nova's words
 * (`block_device_mapping_v2`). Undefined for a plain boot from an image, which
 * needs no mapping.
 *
 * @throws Fault `INVALID_REQUEST` when the request names no source, or two.
 */
export async function blockDevices(
  request: CreateServerRequest,
  engine: Engine,
  region: Region,
  scope: CallScope,
): Promise<JsonObject[] | undefined> {
  const { image, bootVolume, newBootVolume, volumes } = request;
  checkSources(request);
  if (bootVolume === "" && newBootVolume === undefined && volumes.length === 0) {
    return undefined;
  }
  const volumeId = (nameOrId: string) => engine.find("oaktree.v1.Volume", nameOrId, region, scope);
  const attached = await Promise.all(
    volumes.map(async (volume) => device("volume", await volumeId(volume), { boot_index: -1 })),
  );
  if (bootVolume !== "") {
    const boot = device("volume", await volumeId(bootVolume), {
      boot_index: 0,
      delete_on_termination: request.deleteBootVolumeOnTermination,
    });
    return [boot, ...attached];
  }
  const { id, raw } = await engine.resource(ImageSchema).find(image, region, scope);
  if (newBootVolume !== undefined) {
    const boot = device("image", id, {
      boot_index: 0,
      volume_size: Number(newBootVolume.sizeGib) || smallestVolume(raw),
      delete_on_termination: newBootVolume.deleteOnTermination,
    });
    return [boot, ...attached];
  }
  // Nova wants the boot device among the mappings as soon as there are any.
  const boot = {
    ...device("image", id, { boot_index: 0, delete_on_termination: true }),
    destination_type: "local",
  };
  return [boot, ...attached];
}

function device(source: "image" | "volume", uuid: string, more: JsonObject): JsonObject {
  return { source_type: source, destination_type: "volume", uuid, delete_on_termination: false, ...more };
}

function checkSources({ image, bootVolume, newBootVolume }: CreateServerRequest): void {
  const wrong = (field: string, description: string) =>
    new Fault("INVALID_REQUEST", `${field}: ${description}`, { fields: [{ field, description }] });
  if (image === "" && bootVolume === "") {
    throw wrong("image", "a server boots from an image or from boot_volume");
  }
  if (image !== "" && bootVolume !== "") {
    throw wrong("boot_volume", "cannot be given together with image");
  }
  if (newBootVolume !== undefined && bootVolume !== "") {
    throw wrong("new_boot_volume", "cannot be given together with boot_volume");
  }
}
