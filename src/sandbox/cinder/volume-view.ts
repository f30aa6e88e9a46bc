import type { JsonObject, JsonValue } from "../../cloud/json.ts";
import { isoMicros } from "../core/clock.ts";
import type { Image } from "../glance/state.ts";
import type { CinderCall } from "./call.ts";
import type { Volume } from "./state.ts";

/** What a volume remembers of its image. */
export function imageMetadata(image: Image): Record<string, string> {
  return {
    signature_verified: "False",
    ...Object.fromEntries(image.properties),
    image_id: image.id,
    image_name: image.name ?? "",
    checksum: image.data?.md5 ?? "",
    container_format: image.containerFormat ?? "",
    disk_format: image.diskFormat ?? "",
    min_disk: String(image.minDisk),
    min_ram: String(image.minRam),
    size: String(image.data?.bytes.length ?? 0),
  };
}

function links(call: CinderCall, id: string): JsonValue[] {
  return [
    { rel: "self", href: `${call.url}/volumes/${id}` },
    { rel: "bookmark", href: `${call.url.replace("/v3/", "/")}/volumes/${id}` },
  ];
}

/** A volume in short. */
export function summary(call: CinderCall, { id, name }: Volume): JsonObject {
  return { id, name, links: links(call, id) };
}

const forAdmins: JsonObject = {
  "os-vol-host-attr:host": "sandbox@memory#memory",
  "os-vol-mig-status-attr:migstat": null,
  "os-vol-mig-status-attr:name_id": null,
  migration_status: null,
  provider_id: null,
};

/** A volume as lists and look-ups show it; answers to creates and changes lack the last keys. */
export function shown(call: CinderCall, volume: Volume): JsonObject {
  return {
    ...view(call, volume),
    "os-vol-tenant-attr:tenant_id": volume.projectId,
    ...(volume.imageMetadata === undefined ? {} : { volume_image_metadata: { ...volume.imageMetadata } }),
    ...(call.caller.admin ? forAdmins : {}),
  };
}

/** A volume as the microversion shows it. */
export function view(call: CinderCall, volume: Volume): JsonObject {
  const { version } = call;
  const { attachment } = volume;
  return {
    id: volume.id,
    status: volume.status,
    size: volume.size,
    availability_zone: "nova",
    created_at: isoMicros(volume.createdAt),
    updated_at: volume.updatedAt === null ? null : isoMicros(volume.updatedAt),
    name: volume.name,
    description: volume.description,
    volume_type: volume.type.name,
    snapshot_id: volume.snapshotId,
    source_volid: volume.sourceId,
    metadata: { ...volume.metadata },
    links: links(call, volume.id),
    user_id: volume.userId,
    bootable: String(volume.bootable),
    encrypted: false,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: false,
    attachments:
      attachment === undefined
        ? []
        : [
            {
              id: volume.id,
              attachment_id: attachment.id,
              volume_id: volume.id,
              server_id: attachment.serverId,
              host_name: null,
              device: attachment.device,
              attached_at: isoMicros(attachment.at),
            },
          ],
    ...(version >= 13 ? { group_id: null } : {}),
    ...(version >= 48 ? { shared_targets: volume.updatedAt === null, service_uuid: null } : {}),
    ...(version >= 63 ? { volume_type_id: volume.type.id } : {}),
    ...(version >= 65 ? { consumes_quota: true } : {}),
  };
}
