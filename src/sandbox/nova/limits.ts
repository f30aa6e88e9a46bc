import type { JsonObject } from "../../cloud/json.ts";
import { computeHost } from "../core/hosts.ts";
import { checkQuery, type NovaCall, NovaError, type NovaHandler, policy, unexpected } from "./call.ts";
import { maxServerGroups } from "./server-groups.ts";
import { type NovaWorld, quotaOf } from "./state.ts";

/** What a project uses of its quota. */
export function usage(
  world: NovaWorld,
  projectId: string,
): { instances: number; cores: number; ram: number } {
  const used = { instances: 0, cores: 0, ram: 0 };
  for (const server of world.servers.values()) {
    if (server.projectId === projectId && server.vmState !== "deleted") {
      used.instances++;
      used.cores += server.flavor.vcpus;
      used.ram += server.flavor.ram;
    }
  }
  return used;
}

/** Limits and availability zones. */
export const limitRoutes: Readonly<Record<string, NovaHandler>> = {
  "GET /limits": (call) => {
    checkQuery(call, new Set(["tenant_id", "reserved"]), unexpected);
    const tenant = call.request.query.get("tenant_id");
    if (tenant !== null && tenant !== call.caller.projectId && !call.caller.admin) {
      throw policy("limits:other_project");
    }
    return {
      status: 200,
      json: { limits: { rate: [], absolute: absolute(call, tenant ?? call.caller.projectId) } },
    };
  },
  // What Nova has are no extensions any more; it knows none by name.
  "GET /extensions/:alias": () => {
    throw new NovaError(404, "The resource could not be found.");
  },
  "GET /os-availability-zone": () => ({
    status: 200,
    json: { availabilityZoneInfo: [{ zoneName: "nova", zoneState: { available: true }, hosts: null }] },
  }),
  "GET /os-availability-zone/detail": (call) => {
    if (!call.caller.admin) {
      throw policy("os-availability-zone:detail");
    }
    const updated = new Date(call.world.timeline.now()).toISOString().slice(0, 19);
    const up = { available: true, active: true, updated_at: `${updated}.000000` };
    const zone = (zoneName: string, ...services: string[]) => ({
      zoneName,
      zoneState: { available: true },
      hosts: { [computeHost]: Object.fromEntries(services.map((name) => [name, up])) },
    });
    const zones = [zone("internal", "nova-scheduler", "nova-conductor"), zone("nova", "nova-compute")];
    return { status: 200, json: { availabilityZoneInfo: zones } };
  },
};

/** Limits of things that are not Nova's went with 2.36, of images with 2.39, of files with 2.57. */
function absolute(call: NovaCall, projectId: string): JsonObject {
  const quota = quotaOf(call.world, projectId);
  const used = usage(call.world, projectId);
  return {
    maxTotalInstances: quota.instances,
    maxTotalCores: quota.cores,
    maxTotalRAMSize: quota.ram,
    maxServerMeta: 128,
    ...(call.version < 39 ? { maxImageMeta: 128 } : {}),
    ...(call.version < 57 ? { maxPersonality: 5, maxPersonalitySize: 10240 } : {}),
    maxTotalKeypairs: quota.keyPairs,
    maxServerGroups,
    maxServerGroupMembers: 10,
    ...(call.version < 36
      ? {
          maxTotalFloatingIps: -1,
          maxSecurityGroups: -1,
          maxSecurityGroupRules: -1,
          totalFloatingIpsUsed: 0,
          totalSecurityGroupsUsed: 0,
        }
      : {}),
    totalRAMUsed: used.ram,
    totalCoresUsed: used.cores,
    totalInstancesUsed: used.instances,
    totalServerGroupsUsed: [...call.world.serverGroups.values()].filter(
      (group) => group.projectId === projectId,
    ).length,
  };
}
