import type { JsonObject } from "../../cloud/json.ts";
import { touchVolume, type Volume } from "../cinder/state.ts";
import { repr } from "../core/python.ts";
import { findServer, mayWrite, type NovaCall, NovaError, type NovaHandler } from "./call.ts";
import { attach, detach } from "./disks.ts";
import { boolean, checked, nullable, text } from "./schema.ts";
import type { Disk, Server } from "./state.ts";
import { checkLock } from "./transition.ts";

const uuid = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Volumes of servers. */
export const volumeAttachmentRoutes: Readonly<Record<string, NovaHandler>> = {
  "GET /servers/:id/os-volume_attachments": (call) => {
    const server = findServer(call);
    return { status: 200, json: { volumeAttachments: server.disks.map((disk) => view(call, server, disk)) } };
  },
  "GET /servers/:id/os-volume_attachments/:volume": (call) => {
    const server = findServer(call);
    return { status: 200, json: { volumeAttachment: view(call, server, diskOf(call, server)) } };
  },
  "POST /servers/:id/os-volume_attachments": async (call) => {
    const server = findServer(call);
    const given = checked(
      await call.json(),
      "volumeAttachment",
      {
        volumeId: (value) =>
          typeof value === "string" && uuid.test(value) ? undefined : `${repr(value)} is not a 'uuid'`,
        device: nullable(text(/^\/dev\/[a-z]+[a-z0-9]*$/, 0, 255)),
        ...(call.version >= 49 ? { tag: text(/^[^,/]*$/, 1, 60) } : {}),
        ...(call.version >= 79 ? { delete_on_termination: boolean } : {}),
      },
      ["volumeId"],
    );
    mayWrite(call, "os-volumes-attachments:create");
    checkLock(call, server);
    const volume = findVolume(call, String(given.volumeId));
    if (
      !["active", "stopped", "paused", "suspended", "resized", "shelved", "shelved_offloaded"].includes(
        server.vmState,
      )
    ) {
      throw new NovaError(
        409,
        `Cannot 'attach_volume' instance ${server.id} while it is in vm_state ${server.vmState}`,
      );
    }
    if (server.disks.some(({ volumeId }) => volumeId === volume.id)) {
      const words = `volume ${volume.id} is already attached to instances: ${server.id}`;
      throw new NovaError(400, `Invalid volume: ${words}`);
    }
    checkReservable(volume);
    const disk = attach(call.world, call.settings.changeMs, server, volume, {
      device: typeof given.device === "string" ? given.device : undefined,
      tag: typeof given.tag === "string" ? given.tag : null,
      deleteOnTermination: given.delete_on_termination === true,
    });
    const { attachment_id: _, bdm_uuid: __, ...json } = view(call, server, disk);
    return { status: 200, json: { volumeAttachment: { id: volume.id, ...json } } };
  },
  "DELETE /servers/:id/os-volume_attachments/:volume": (call) => {
    const server = findServer(call);
    mayWrite(call, "os-volumes-attachments:delete");
    checkLock(call, server);
    const volume = findVolume(call, call.request.params.volume ?? "");
    const disk = diskOf(call, server);
    if (server.imageId === "" && server.disks[0] === disk) {
      throw new NovaError(400, "Cannot detach a root device volume");
    }
    if (volume.status !== "in-use") {
      const words =
        "Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach.";
      throw new NovaError(400, `Invalid volume: Invalid input received: Invalid volume: ${words} (HTTP 400)`);
    }
    touchVolume(call.world, volume, "detaching");
    call.world.timeline.after(call.settings.changeMs, () => {
      if (volume.status === "detaching") {
        detach(call.world, server, volume);
      }
    });
    return { status: 202 };
  },
};

/** A volume that the caller may see. @throws NovaError 404. */
export function findVolume({ world, caller }: NovaCall, id: string): Volume {
  const volume = world.volumes.get(id);
  if (volume === undefined || (volume.projectId !== caller.projectId && !caller.admin)) {
    throw new NovaError(404, `Volume ${id} could not be found.`);
  }
  return volume;
}

/** @throws NovaError 400 in Cinder's words, unless the volume can be kept for a server. */
export function checkReservable(volume: Volume): void {
  if (volume.status !== "available") {
    const words = `Volume ${volume.id} status must be available or downloading to reserve, but the current status is ${volume.status}.`;
    throw new NovaError(400, `Invalid volume: Invalid input received: Invalid volume: ${words} (HTTP 400)`);
  }
}

function diskOf(call: NovaCall, server: Server): Disk {
  const id = call.request.params.volume ?? "";
  const disk = server.disks.find(({ volumeId }) => volumeId === id);
  if (disk === undefined) {
    throw new NovaError(404, `Instance ${server.id} is not attached to volume ${id}`);
  }
  return disk;
}

/** From 2.89 on there are ids of the attachment, and no second name for the volume's. */
function view({ version }: NovaCall, server: Server, disk: Disk): JsonObject {
  return {
    ...(version < 89 ? { id: disk.volumeId } : {}),
    volumeId: disk.volumeId,
    serverId: server.id,
    device: disk.device,
    ...(version >= 70 ? { tag: disk.tag } : {}),
    ...(version >= 79 ? { delete_on_termination: disk.deleteOnTermination } : {}),
    ...(version >= 89 ? { attachment_id: disk.attachmentId, bdm_uuid: disk.mappingId } : {}),
  };
}
