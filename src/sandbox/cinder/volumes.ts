import { createHash } from "node:crypto";
import type { JsonValue } from "../../cloud/json.ts";
import type { Reply } from "../core/http.ts";
import { boolFromString, repr } from "../core/python.ts";
import type { Image } from "../glance/state.ts";
import {
  type CinderCall,
  CinderError,
  type CinderHandler,
  emptied,
  find,
  invalid,
  list,
  mayWrite,
  nameOf,
  policy,
  texts,
} from "./call.ts";
import {
  addVolume,
  removeVolume,
  touchVolume,
  type Volume,
  type VolumeType,
  volumeQuota,
  volumeTypes,
  volumeUsage,
} from "./state.ts";
import { imageMetadata, shown, summary, view } from "./volume-view.ts";

const filters = {
  bootable: ({ bootable }: Volume) => String(bootable),
  availability_zone: () => "nova",
  size: ({ size }: Volume) => String(size),
};

/** Volumes. */
export const volumeRoutes: Readonly<Record<string, CinderHandler>> = {
  "GET /volumes": (call) =>
    list(call, call.world.volumes.values(), "volumes", (volume) => summary(call, volume), filters, "Volume"),
  "GET /volumes/detail": (call) =>
    list(call, call.world.volumes.values(), "volumes", (volume) => shown(call, volume), filters, "Volume"),
  "POST /volumes": create,
  "GET /volumes/:id": (call) => ({ status: 200, json: { volume: shown(call, findVolume(call)) } }),
  "PUT /volumes/:id": async (call) => {
    const volume = findVolume(call);
    const given = await call.json("volume");
    if (Object.keys(given).length === 0) {
      throw invalid("volume", "{}", "{} is not valid under any of the given schemas");
    }
    mayWrite(call, "volume:update");
    if ("name" in given) {
      volume.name = nameOf(given.name);
    }
    if ("description" in given) {
      volume.description = nameOf(given.description);
    }
    if ("metadata" in given) {
      volume.metadata = texts(given.metadata);
    }
    const json = view(call, volume);
    touchVolume(call.world, volume);
    return { status: 200, json: { volume: json } };
  },
  "DELETE /volumes/:id": (call) => {
    const volume = findVolume(call);
    mayWrite(call, "volume:delete");
    const query = (name: string) => boolFromString(call.request.query.get(name) ?? "") === true;
    if (query("force") && !call.caller.admin) {
      throw policy("volume:force_delete");
    }
    const hasSnapshots = [...call.world.snapshots.values()].some(({ volumeId }) => volumeId === volume.id);
    const idle = ["available", "error", "error_extending"].includes(volume.status);
    if ((!idle && !query("force")) || (hasSnapshots && !query("cascade"))) {
      throw notDeletable();
    }
    removeVolume(call.world, call.settings.deleteMs, volume);
    return emptied;
  },
  "GET /volumes/:id/metadata": (call) => {
    const json = { metadata: { ...findVolume(call).metadata } };
    const etag = createHash("md5").update(JSON.stringify(json)).digest("hex");
    // It is JSON, whatever Cinder says (cinder/api/v3/volume_metadata.py answers with a bare webob.Response).
    return { status: 200, headers: { "content-type": "text/html; charset=UTF-8", etag }, json };
  },
  "POST /volumes/:id/action": async (call) => {
    const volume = findVolume(call);
    const [name = ""] = Object.keys(await call.json(""));
    if (name === "os-force_delete") {
      if (!call.caller.admin) {
        throw policy("volume_extension:volume_admin_actions:force_delete");
      }
      removeVolume(call.world, call.settings.deleteMs, volume);
      return { status: 202 };
    }
    if (name === "os-detach") {
      // Cinder takes it for a volume that is attached to nothing as well; servers detach by Nova.
      mayWrite(call, "volume_extension:volume_actions:detach");
      return { status: 202, headers: { "content-type": "application/json" } };
    }
    if (name !== "os-set_bootable") {
      const hint = "Verify the request body and Content-Type header and try again.";
      throw new CinderError(400, `There is no such action: ${name}. ${hint}`);
    }
    const { bootable } = await call.json(name);
    mayWrite(call, "volume_extension:volume_actions:set_bootable");
    if (bootable === undefined) {
      throw invalid(name, "{}", "'bootable' is a required property");
    }
    const value = boolFromString(String(bootable));
    if (value === undefined) {
      throw invalid("bootable", String(bootable), `${repr(bootable)} is not one of [True, False]`);
    }
    volume.bootable = value;
    touchVolume(call.world, volume);
    return { status: 200 };
  },
};

/** The volume of the path, or of this id. */
export function findVolume(call: CinderCall, id?: string): Volume {
  return find(call, call.world.volumes, "Volume", id);
}

/** The refusal to delete a volume that something holds. */
function notDeletable(): CinderError {
  const words =
    "Volume status must be available or error or error_restoring or error_extending or error_managing and must " +
    "not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated " +
    "from snapshots after volume transfer.";
  return new CinderError(400, `Invalid volume: ${words}`);
}

const createFields = new Set(
  "name description size metadata imageRef snapshot_id source_volid volume_type availability_zone multiattach".split(
    " ",
  ),
);

async function create(call: CinderCall): Promise<Reply> {
  const given = await call.json("volume");
  const unknown = Object.keys(given).filter((name) => !createFields.has(name));
  if (unknown.length > 0) {
    const names = unknown.map(repr).join(", ");
    const were = unknown.length === 1 ? "was" : "were";
    throw invalid(
      "volume",
      repr(given),
      `Additional properties are not allowed (${names} ${were} unexpected)`,
    );
  }
  mayWrite(call, "volume:create");
  const type = findType(given.volume_type);
  const snapshot =
    typeof given.snapshot_id === "string"
      ? find(call, call.world.snapshots, "Snapshot", given.snapshot_id)
      : undefined;
  const source = typeof given.source_volid === "string" ? findVolume(call, given.source_volid) : undefined;
  const image = typeof given.imageRef === "string" ? findImage(call, given.imageRef) : undefined;
  if (snapshot !== undefined && snapshot.status !== "available") {
    throw new CinderError(
      400,
      "Invalid snapshot: Originating snapshot status must be one of 'available' values",
    );
  }
  const size = sizeOf(given.size, snapshot?.size ?? source?.size);
  withinQuota(call, size);
  const volume = addVolume(call.world, call.settings.fillMs, {
    projectId: call.caller.projectId,
    userId: call.caller.user.id,
    size,
    type,
    name: nameOf(given.name),
    description: nameOf(given.description),
    metadata: texts(given.metadata),
    snapshotId: snapshot?.id ?? null,
    sourceId: source?.id ?? null,
    imageMetadata: image === undefined ? source?.imageMetadata : imageMetadata(image),
    bootable:
      image !== undefined ||
      source?.bootable === true ||
      (snapshot !== undefined && call.world.volumes.get(snapshot.volumeId)?.bootable === true),
  });
  return { status: 202, json: { volume: view(call, volume) } };
}

function sizeOf(given: JsonValue | undefined, otherwise: number | undefined): number {
  if (given === undefined || given === null) {
    if (otherwise === undefined) {
      throw new CinderError(
        400,
        "The server could not comply with the request since it is either malformed or otherwise incorrect.",
      );
    }
    return otherwise;
  }
  const size = Number(given);
  if (typeof given === "string" && !/^[0-9]+$/.test(given)) {
    throw invalid("size", given, `${repr(given)} does not match '^[0-9]+$'`);
  }
  if (!(size >= 1)) {
    throw invalid("size", String(given), `${given} is less than the minimum of 1`);
  }
  return size;
}

/** @throws CinderError 413. */
function withinQuota(call: CinderCall, size: number): void {
  const used = volumeUsage(call.world, call.caller.projectId);
  if (used.gigabytes + size > volumeQuota.gigabytes) {
    const asked = `Requested ${size}G, quota is ${volumeQuota.gigabytes}G and ${used.gigabytes}G has been consumed.`;
    const words = `Requested volume or snapshot exceeds allowed gigabytes quota. ${asked}`;
    throw new CinderError(413, `VolumeSizeExceedsAvailableQuota: ${words}`);
  }
  if (used.volumes >= volumeQuota.volumes) {
    const words = `Maximum number of volumes allowed (${volumeQuota.volumes}) exceeded for quota 'volumes'.`;
    throw new CinderError(413, `VolumeLimitExceeded: ${words}`);
  }
}

function findType(value: JsonValue | undefined): VolumeType {
  if (value === undefined || value === null) {
    return volumeTypes[0] as VolumeType;
  }
  const type = volumeTypes.find(({ id, name }) => id === value || name === value);
  if (type === undefined) {
    throw new CinderError(404, `Volume type with name ${value} could not be found.`);
  }
  return type;
}

function findImage(call: CinderCall, id: string): Image {
  const image = call.world.images.get(id);
  const open = image?.visibility === "public" || image?.visibility === "community";
  if (image === undefined || !(open || image.owner === call.caller.projectId || call.caller.admin)) {
    throw new CinderError(400, "Invalid image identifier or unable to access requested image.");
  }
  return image;
}
