import { isObject, type JsonObject } from "../../cloud/json.ts";
import { repr } from "../core/python.ts";
import { type NovaCall, NovaError, type NovaHandler, policy } from "./call.ts";
import { usage } from "./limits.ts";
import { maxServerGroups } from "./server-groups.ts";
import { type Quota, quotaOf } from "./state.ts";

/** Quotas of projects. Only administrators change them. */
export const quotaRoutes: Readonly<Record<string, NovaHandler>> = {
  "GET /os-quota-sets/:id": (call) => {
    const id = mayShow(call, "show");
    return { status: 200, json: { quota_set: { id, ...quotaSet(call, quotaOf(call.world, id)) } } };
  },
  "GET /os-quota-sets/:id/defaults": (call) => {
    const { id = "" } = call.request.params;
    return { status: 200, json: { quota_set: { id, ...quotaSet(call, call.world.quota) } } };
  },
  "GET /os-quota-sets/:id/detail": (call) => {
    const id = mayShow(call, "detail");
    const used: Record<string, number> = usage(call.world, id);
    const detail = Object.entries(quotaSet(call, quotaOf(call.world, id))).map(([key, limit]) => [
      key,
      { limit, in_use: used[key] ?? 0, reserved: 0 },
    ]);
    return { status: 200, json: { quota_set: { id, ...Object.fromEntries(detail) } } };
  },
  "PUT /os-quota-sets/:id": async (call) => {
    adminOnly(call, "update");
    const { id = "" } = call.request.params;
    const changed = { ...quotaOf(call.world, id), ...changes(call, await call.json()) };
    // A project that there is not has no quota to keep.
    if (call.world.projects.has(id)) {
      call.world.quotas.set(id, changed);
    }
    return { status: 200, json: { quota_set: quotaSet(call, changed) } };
  },
  "DELETE /os-quota-sets/:id": (call) => {
    adminOnly(call, "delete");
    call.world.quotas.delete(call.request.params.id ?? "");
    return { status: 202 };
  },
};

function mayShow(call: NovaCall, action: string): string {
  const { id = "" } = call.request.params;
  if (id !== call.caller.projectId && !call.caller.admin) {
    throw policy(`os-quota-sets:${action}`);
  }
  return id;
}

function adminOnly(call: NovaCall, action: string): void {
  if (!call.caller.admin) {
    throw policy(`os-quota-sets:${action}`);
  }
}

/** Names of the quotas that are kept, as Nova calls them. What else it takes changes nothing here. */
const names: Readonly<Record<string, keyof Quota>> = {
  instances: "instances",
  cores: "cores",
  ram: "ram",
  key_pairs: "keyPairs",
};

function changes(call: NovaCall, body: JsonObject): Partial<Quota> {
  const given = body.quota_set;
  if (!isObject(given)) {
    throw new NovaError(
      400,
      `Invalid input for field/attribute quota_set. Value: ${given}. 'quota_set' is a required property`,
    );
  }
  const known = new Set([...Object.keys(quotaSet(call, call.world.quota)), "force"]);
  const changed: Partial<Record<keyof Quota, number>> = {};
  for (const [key, value] of Object.entries(given)) {
    if (!known.has(key)) {
      const words = `Additional properties are not allowed ('${key}' was unexpected)`;
      throw new NovaError(
        400,
        `Invalid input for field/attribute quota_set. Value: ${repr(given)}. ${words}`,
      );
    }
    if (key !== "force" && !/^-?[0-9]+$/.test(String(value))) {
      const words = `${repr(value)} does not match '^-?[0-9]+$'`;
      throw new NovaError(400, `Invalid input for field/attribute ${key}. Value: ${value}. ${words}`);
    }
    const name = names[key];
    if (name !== undefined) {
      changed[name] = Number(value);
    }
  }
  return changed;
}

/** As in the limits, quotas of what is not Nova's went with 2.36 and 2.57. */
function quotaSet(call: NovaCall, quota: Quota): Record<string, number> {
  return {
    cores: quota.cores,
    instances: quota.instances,
    key_pairs: quota.keyPairs,
    metadata_items: 128,
    ram: quota.ram,
    server_groups: maxServerGroups,
    server_group_members: 10,
    ...(call.version < 36
      ? { fixed_ips: -1, floating_ips: -1, security_groups: -1, security_group_rules: -1 }
      : {}),
    ...(call.version < 57
      ? { injected_file_content_bytes: 10240, injected_file_path_bytes: 255, injected_files: 5 }
      : {}),
  };
}
