import { createHash } from "node:crypto";
import type { JsonObject, JsonValue } from "../../cloud/json.ts";
import { isoMicros, isoSeconds } from "../core/clock.ts";
import { floatingIpsOf } from "../neutron/state/floating-ips.ts";
import type { Port } from "../neutron/state/types.ts";
import { links, type NovaCall } from "./call.ts";
import type { Server, VmState } from "./state.ts";

/** Where the view is for: each shows a little less or more. */
export type ViewKind = "show" | "list" | "update";

const statuses: Readonly<Record<VmState, string>> = {
  building: "BUILD",
  active: "ACTIVE",
  paused: "PAUSED",
  suspended: "SUSPENDED",
  stopped: "SHUTOFF",
  rescued: "RESCUE",
  resized: "VERIFY_RESIZE",
  shelved: "SHELVED",
  shelved_offloaded: "SHELVED_OFFLOADED",
  error: "ERROR",
  deleted: "DELETED",
};

/** Tasks that show in the status (nova/api/openstack/common.py, _STATE_MAP). */
const taskStatuses: Readonly<Record<string, string>> = {
  rebooting: "REBOOT",
  rebooting_hard: "HARD_REBOOT",
  rebuilding: "REBUILD",
  resize_prep: "RESIZE",
  resize_migrated: "RESIZE",
  resize_reverting: "REVERT_RESIZE",
};

const withProgress = new Set(["ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE"]);

/** The status that Nova makes of the two states. */
export function statusOf({ vmState, taskState }: Server): string {
  return taskStatuses[taskState ?? ""] ?? statuses[vmState];
}

/** A server in short. */
export function summary(call: NovaCall, server: Server): JsonObject {
  return { id: server.id, name: server.name, links: links(call, `/servers/${server.id}`) };
}

/** The ports of a server. */
export function portsOf(call: NovaCall, server: Server): Port[] {
  return server.ports.map((id) => call.world.ports.get(id)).filter((port) => port !== undefined);
}

/** A server as the microversion shows it. Before 2.75 the answer to an update has less. */
export function view(call: NovaCall, server: Server, kind: ViewKind): JsonObject {
  const { version } = call;
  const full = kind !== "update" || version >= 75;
  const status = statusOf(server);
  // The rows of metadata and tags are marked as deleted too, so lists of changes do not show them.
  const deleted = server.vmState === "deleted";
  const json: JsonObject = {
    id: server.id,
    name: server.name,
    status,
    tenant_id: server.projectId,
    user_id: server.userId,
    metadata: deleted ? {} : { ...server.metadata },
    hostId: hostId(server),
    image:
      server.imageId === "" ? "" : { id: server.imageId, links: bookmark(call, `/images/${server.imageId}`) },
    flavor: flavor(call, server),
    created: isoSeconds(server.createdAt),
    updated: isoSeconds(server.updatedAt),
    addresses: addresses(call, server, full),
    accessIPv4: server.accessIPv4,
    accessIPv6: server.accessIPv6,
    links: links(call, `/servers/${server.id}`),
    "OS-DCF:diskConfig": server.diskConfig,
  };
  if (server.fault !== undefined && (kind !== "list" || server.fault.listed)) {
    json.fault = { code: 500, created: isoSeconds(server.fault.at), message: server.fault.message };
    if (call.caller.admin) {
      json.fault.details = `Traceback (most recent call last):\nException: ${server.fault.message}\n`;
    }
  }
  if (withProgress.has(status)) {
    json.progress = 0;
  }
  if (full) {
    extended(call, server, json);
  }
  if (version >= 9) {
    json.locked = server.locked !== undefined;
  }
  if (version >= 73) {
    json.locked_reason = server.locked?.reason ?? null;
  }
  if (version >= 19) {
    json.description = server.description;
  }
  if (version >= 26) {
    json.tags = deleted ? [] : [...server.tags];
  }
  if (version >= 63) {
    json.trusted_image_certificates = null;
  }
  if (version >= 90 && !call.caller.admin) {
    json["OS-EXT-SRV-ATTR:hostname"] = server.hostname;
  }
  if (version >= 71 && kind !== "list") {
    json.server_groups = server.groupId === undefined ? [] : [server.groupId];
  }
  return json;
}

function extended(call: NovaCall, server: Server, json: JsonObject): void {
  json["OS-EXT-AZ:availability_zone"] = server.zone;
  json.config_drive = server.configDrive;
  json.key_name = server.keyName;
  json["OS-SRV-USG:launched_at"] = server.launchedAt === null ? null : isoMicros(server.launchedAt);
  json["OS-SRV-USG:terminated_at"] = server.terminatedAt === null ? null : isoMicros(server.terminatedAt);
  const groups = portsOf(call, server).flatMap((port) => port.securityGroups);
  // Nova asks for the ports of the caller's own project.
  if (groups.length > 0 && server.projectId === call.caller.projectId) {
    const names = [...new Set(groups)].map((id) => call.world.securityGroups.get(id)?.name ?? id);
    json.security_groups = names.map((name) => ({ name }));
  }
  if (call.caller.admin) {
    const host = server.host;
    json["OS-EXT-SRV-ATTR:host"] = host;
    json["OS-EXT-SRV-ATTR:instance_name"] = `instance-${server.serial.toString(16).padStart(8, "0")}`;
    json["OS-EXT-SRV-ATTR:hypervisor_hostname"] = host;
    if (call.version >= 3) {
      json["OS-EXT-SRV-ATTR:reservation_id"] = server.reservationId;
      json["OS-EXT-SRV-ATTR:launch_index"] = server.launchIndex;
      json["OS-EXT-SRV-ATTR:hostname"] = server.hostname;
      json["OS-EXT-SRV-ATTR:kernel_id"] = "";
      json["OS-EXT-SRV-ATTR:ramdisk_id"] = "";
      json["OS-EXT-SRV-ATTR:root_device_name"] = host === null ? null : "/dev/sda";
      json["OS-EXT-SRV-ATTR:user_data"] = server.userData;
    }
    if (call.version >= 16) {
      json.host_status = host === null ? "" : "UP";
    }
  }
  json["OS-EXT-STS:task_state"] = server.taskState;
  json["OS-EXT-STS:vm_state"] = server.vmState;
  json["OS-EXT-STS:power_state"] = server.powerState;
  json["os-extended-volumes:volumes_attached"] = server.disks.map(({ volumeId, deleteOnTermination }) => ({
    id: volumeId,
    ...(call.version >= 3 ? { delete_on_termination: deleteOnTermination } : {}),
  }));
}

function bookmark(call: NovaCall, path: string): JsonValue[] {
  return [{ rel: "bookmark", href: `${call.request.base}${path}` }];
}

/** The same for all servers of a project on a host, and another for each project. */
function hostId({ host, projectId }: Server): string {
  return host === null
    ? ""
    : createHash("sha224")
        .update(projectId + host)
        .digest("hex");
}

/** From 2.47 on the flavor is told, not linked. */
function flavor(call: NovaCall, { flavor: { id, name, ram, vcpus, disk } }: Server): JsonObject {
  return call.version >= 47
    ? { vcpus, ram, disk, ephemeral: 0, swap: 0, original_name: name, extra_specs: {} }
    : { id, links: bookmark(call, `/flavors/${id}`) };
}

/** The addresses, by the name of the network. */
export function addresses(call: NovaCall, server: Server, withMac: boolean): JsonObject {
  const result: Record<string, JsonValue[]> = {};
  if (!server.plugged) {
    return result;
  }
  for (const port of portsOf(call, server)) {
    const name = call.world.networks.get(port.networkId)?.name ?? port.networkId;
    result[name] ??= [];
    for (const { address } of port.fixedIps) {
      const json: JsonObject = { version: 4, addr: address };
      if (withMac) {
        json["OS-EXT-IPS:type"] = "fixed";
        json["OS-EXT-IPS-MAC:mac_addr"] = port.mac;
      }
      result[name].push(json);
      for (const floatingIp of floatingIpsOf(call.world, port.id)) {
        if (floatingIp.at?.fixedAddress === address) {
          const type = withMac ? { "OS-EXT-IPS:type": "floating", "OS-EXT-IPS-MAC:mac_addr": port.mac } : {};
          result[name].push({ version: 4, addr: floatingIp.address, ...type });
        }
      }
    }
  }
  return result;
}
