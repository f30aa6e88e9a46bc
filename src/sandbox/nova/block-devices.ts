import { isObject, type JsonObject, type JsonValue } from "../../cloud/json.ts";
import { addVolume, type Volume } from "../cinder/state.ts";
import { imageMetadata } from "../cinder/volume-view.ts";
import type { Image } from "../glance/state.ts";
import { type NovaCall, NovaError } from "./call.ts";
import { attach } from "./disks.ts";
import type { NovaWorld, Server } from "./state.ts";
import { checkReservable, findVolume } from "./volumes.ts";

/** A volume that a new server is to have: one that is there, or one to be made of an image. */
export interface PlannedDisk {
  readonly volume: Volume | undefined;
  readonly image: Image | undefined;
  readonly size: number;
  readonly deleteOnTermination: boolean;
}

/** What a new server boots from. */
export interface BootPlan {
  /** Undefined when it boots from a volume. */
  readonly image: Image | undefined;
  /** The boot volume first, if there is one. */
  readonly disks: readonly PlannedDisk[];
}

/** Reads `block_device_mapping_v2` (nova/compute/api.py, _validate_bdm). @throws NovaError 400. */
export function bootPlan(
  call: NovaCall,
  given: JsonObject,
  findImage: (id: JsonValue | undefined) => Image,
): BootPlan {
  const devices = given.block_device_mapping_v2;
  if (!Array.isArray(devices) || devices.length === 0) {
    return { image: findImage(given.imageRef), disks: [] };
  }
  const mappings = devices.filter(isObject);
  const boot = mappings.find(({ boot_index }) => String(boot_index) === "0");
  if (boot === undefined) {
    const words = "Boot sequence for the instance and image/block device mapping combination is not valid.";
    throw new NovaError(400, `Block Device Mapping is Invalid: ${words}`);
  }
  const fromImage = boot.source_type === "image" && boot.destination_type !== "volume";
  const planned = [boot, ...mappings.filter((each) => each !== boot)]
    .filter((each) => each !== boot || !fromImage)
    .map((each) => plan(call, each, findImage));
  const [first] = planned;
  if (!fromImage && first?.volume?.bootable === false) {
    throw new NovaError(400, `Block Device ${first.volume.id} is not bootable.`);
  }
  return { image: fromImage ? findImage(boot.uuid) : undefined, disks: planned };
}

function plan(
  call: NovaCall,
  device: JsonObject,
  findImage: (id: JsonValue | undefined) => Image,
): PlannedDisk {
  const deleteOnTermination = device.delete_on_termination === true;
  if (device.source_type === "image") {
    const size = Number(device.volume_size ?? 0);
    if (size === 0) {
      const words = "Images with destination_type 'volume' need to have a non-zero size specified";
      throw new NovaError(400, `Block Device Mapping is Invalid: ${words}`);
    }
    return { volume: undefined, image: findImage(device.uuid), size, deleteOnTermination };
  }
  let volume: Volume;
  try {
    volume = findVolume(call, String(device.uuid));
  } catch {
    throw new NovaError(400, `Block Device Mapping is Invalid: failed to get volume ${device.uuid}.`);
  }
  checkReservable(volume);
  return { volume, image: undefined, size: volume.size, deleteOnTermination };
}

/** Gives a new server its volumes, making those that are not there; they are in use after `attachMs`. */
export function attachPlanned(world: NovaWorld, attachMs: number, server: Server, { disks }: BootPlan): void {
  for (const { volume, image, size, deleteOnTermination } of disks) {
    const made =
      volume ??
      addVolume(world, 0, {
        projectId: server.projectId,
        userId: server.userId,
        size,
        name: "",
        description: "",
        bootable: true,
        imageMetadata: image === undefined ? undefined : imageMetadata(image),
      });
    attach(world, attachMs, server, made, { deleteOnTermination });
  }
}
