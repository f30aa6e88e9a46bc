import { boolFromString } from "../core/python.ts";
import { checkQuery, invalidQuery, lastOf, type NovaCall, NovaError, policy } from "./call.ts";
import { statusOf } from "./server-view.ts";
import type { Server } from "./state.ts";

const tagFilters = ["tags", "tags-any", "not-tags", "not-tags-any"];

/** Names of joined tables: in the schema, ignored for ordinary users and refused for administrators. */
const joined =
  "block_device_mapping services metadata system_metadata info_cache security_groups pci_devices".split(" ");

/** Parameters that the schema of 2.75 knows. Before, unknown ones are ignored. */
const known = new Set(
  `user_id project_id tenant_id launch_index image_ref image kernel_id ramdisk_id hostname key_name power_state
  vm_state task_state host node flavor reservation_id launched_at terminated_at availability_zone name display_name
  description display_description locked_by uuid root_device_name config_drive access_ip_v4 access_ip_v6
  auto_disk_config progress sort_key sort_dir all_tenants soft_deleted deleted status changes-since changes-before
  ip ip6 created_at limit marker locked ${joined.join(" ")} ${tagFilters.join(" ")}`.split(/\s+/),
);

/** Parameters that are regular expressions, and are refused when they are none. */
const patterns = [
  ...tagFilters,

  "name",
  "ip",
  "ip6",
  "hostname",
  "key_name",
  "flavor",
  "reservation_id",
  "availability_zone",
];

const statuses = new Set(
  `ACTIVE BUILD DELETED ERROR HARD_REBOOT MIGRATING PASSWORD PAUSED REBOOT REBUILD RESCUE RESIZE REVERT_RESIZE
  SHELVED SHELVED_OFFLOADED SHUTOFF SOFT_DELETED SUSPENDED UNKNOWN VERIFY_RESIZE`.split(/\s+/),
);

/** Values by which a list can be sorted. */
const sortValues: Readonly<Record<string, (server: Server) => string | number>> = {
  created_at: ({ createdAt }) => createdAt,
  updated_at: ({ updatedAt }) => updatedAt,
  display_name: ({ name }) => name.toLowerCase(),
  display_description: ({ description }) => description ?? "",
  hostname: ({ hostname }) => hostname,
  uuid: ({ id }) => id,
  vm_state: ({ vmState }) => vmState,
  task_state: ({ taskState }) => taskState ?? "",
  power_state: ({ powerState }) => powerState,
  launched_at: ({ launchedAt }) => launchedAt ?? 0,
  terminated_at: ({ terminatedAt }) => terminatedAt ?? 0,
  key_name: ({ keyName }) => keyName ?? "",
  image_ref: ({ imageId }) => imageId,
  availability_zone: ({ zone }) => zone,
  user_id: ({ userId }) => userId,
  project_id: ({ projectId }) => projectId,
};

/** Keys that are taken and sort nothing: all of the sandbox's servers are alike in them. */
const unsorted = new Set(
  `auto_disk_config locked_by locked kernel_id config_drive progress access_ip_v4 access_ip_v6 node host
  root_device_name launch_index instance_type_id ramdisk_id`.split(/\s+/),
);

/** The servers that the query asks for, in its order: the newest first by default. */
export function filtered(call: NovaCall, action: string): Server[] {
  const { query } = call.request;
  checkQuery(call, known, (name) => `'${name}' does not match any of the regexes: '^_'`);
  const options = allowed(call);
  for (const name of patterns) {
    const value = lastOf(query, name);
    if (value !== undefined && pattern(value) === undefined) {
      throw invalidQuery(name, value, `'${value}' is not a 'regex'`);
    }
  }
  const table = joined.find((name) => query.has(name));
  if (table !== undefined && call.caller.admin) {
    throw new NovaError(400, `Invalid filter field: ${table}.`);
  }
  const all = allTenants(call, action);
  const tests: ((server: Server) => boolean)[] = [];
  if (!all) {
    tests.push((server) => server.projectId === call.caller.projectId);
  }
  tests.push(...byStatus(call), ...byTime(call, options));
  for (const [name, test] of Object.entries(fieldTests)) {
    const value = lastOf(query, name);
    if (value !== undefined && options.has(name)) {
      tests.push(test(value, call));
    }
  }
  if (options.has("tags")) {
    tests.push(...byTags(query));
  }
  const found = [...call.world.servers.values()].filter((server) => tests.every((test) => test(server)));
  return sorted(call, found);
}

/** What the caller may filter by; what it may not is ignored. */
function allowed(call: NovaCall): ReadonlySet<string> {
  if (call.caller.admin) {
    return known;
  }
  const { version } = call;
  const names = ["reservation_id", "name", "status", "image", "flavor", "ip", "changes-since", "all_tenants"];
  names.push(...(version >= 5 ? ["ip6"] : []));
  names.push(...(version >= 26 ? tagFilters : []));
  names.push(...(version >= 66 ? ["changes-before"] : []));
  names.push(...(version >= 73 ? ["locked"] : []));
  if (version >= 83) {
    names.push("availability_zone", "key_name", "power_state", "task_state", "vm_state", "user_id");
  }
  names.push(...(version >= 90 ? ["hostname"] : []));
  return new Set(names);
}

function allTenants(call: NovaCall, action: string): boolean {
  const value = lastOf(call.request.query, "all_tenants");
  const wanted = value !== undefined && (value === "" || boolFromString(value) !== false);
  if (wanted && !call.caller.admin) {
    throw policy(`servers:${action}:get_all_tenants`);
  }
  return wanted;
}

function byStatus(call: NovaCall): ((server: Server) => boolean)[] {
  const given = call.request.query.getAll("status");
  if (given.length === 0) {
    return [];
  }
  const wanted = given.map((word) => word.toUpperCase()).filter((word) => statuses.has(word));
  if (wanted.length === 0) {
    if (call.version >= 38) {
      throw new NovaError(400, "Invalid status value");
    }
    return [() => false];
  }
  if (wanted.every((word) => word === "DELETED") && !call.caller.admin) {
    throw new NovaError(403, "Only administrators may list deleted instances");
  }
  return [(server) => wanted.includes(statusOf(server))];
}

/** Lists by change hold the deleted servers too. */
function byTime(call: NovaCall, options: ReadonlySet<string>): ((server: Server) => boolean)[] {
  const { query } = call.request;
  const time = (name: string) => {
    const value = lastOf(query, name);
    const parsed =
      value === undefined
        ? undefined
        : Date.parse(/\dT.*([Z]|[+-]\d\d:?\d\d)$|^[\d-]+$/.test(value) ? value : `${value}Z`);
    if (value !== undefined && Number.isNaN(parsed)) {
      throw invalidQuery(name, value, `'${value}' is not a 'date-time'`);
    }
    return options.has(name) ? parsed : undefined;
  };
  const since = time("changes-since");
  const before = time("changes-before");
  if (since !== undefined && before !== undefined && before < since) {
    throw new NovaError(400, "The value of changes-since must be less than or equal to changes-before.");
  }
  const tests: ((server: Server) => boolean)[] = [];
  if (since !== undefined) {
    tests.push((server) => server.updatedAt >= since);
  }
  if (before !== undefined) {
    tests.push((server) => server.updatedAt <= before);
  }
  const deleted = options.has("deleted") ? lastOf(query, "deleted") : undefined;
  const onlyDeleted = query.getAll("status").some((word) => word.toUpperCase() === "DELETED");
  if (deleted !== undefined) {
    tests.push((server) => (server.vmState === "deleted") === (boolFromString(deleted) === true));
  } else if (tests.length === 0 && !onlyDeleted) {
    tests.push((server) => server.vmState !== "deleted");
  }
  return tests;
}

type FieldTest = (value: string, call: NovaCall) => (server: Server) => boolean;

const fieldTests: Readonly<Record<string, FieldTest>> = {
  name: matching((server) => [server.name]),
  hostname: (value) => (server) => server.hostname === value,
  ip: matching((server, call) =>
    server.ports.flatMap((id) => call.world.ports.get(id)?.fixedIps.map(({ address }) => address) ?? []),
  ),
  ip6: () => () => false,
  image: (value) => (server) => server.imageId === value,
  flavor: (value) => (server) => server.flavor.id === value,
  reservation_id: (value) => (server) => server.reservationId === value,
  key_name: (value) => (server) => server.keyName === value,
  availability_zone: (value) => (server) => server.zone === value,
  user_id: (value) => (server) => server.userId === value,
  uuid: (value) => (server) => server.id === value,
  host: (value) => (server) => server.host === value,
  tenant_id: (value) => (server) => server.projectId === value,
  project_id: (value, call) => (server) =>
    server.projectId === value || lastOf(call.request.query, "all_tenants") === undefined,
  vm_state: (value) => (server) => server.vmState === value,
  task_state: (value) => (server) => server.taskState === value,
  power_state: (value) => (server) => String(server.powerState) === value,
  locked: (value) => () => boolFromString(value) === false,
};

function matching(values: (server: Server, call: NovaCall) => string[]): FieldTest {
  return (value, call) => {
    const expression = pattern(value);
    return (server) => values(server, call).some((each) => expression?.test(each) === true);
  };
}

/** The database matches without regard to case. */
function pattern(value: string): RegExp | undefined {
  try {
    return value === "" ? undefined : new RegExp(value, "i");
  } catch {
    return undefined;
  }
}

function byTags(query: URLSearchParams): ((server: Server) => boolean)[] {
  const tags = (name: string) => lastOf(query, name)?.split(",");
  const tests: ((server: Server) => boolean)[] = [];
  const [every, any, notEvery, notAny] = tagFilters.map(tags);
  if (every !== undefined) {
    tests.push((server) => every.every((tag) => server.tags.includes(tag)));
  }
  if (any !== undefined) {
    tests.push((server) => any.some((tag) => server.tags.includes(tag)));
  }
  if (notEvery !== undefined) {
    tests.push((server) => !notEvery.every((tag) => server.tags.includes(tag)));
  }
  if (notAny !== undefined) {
    tests.push((server) => !notAny.some((tag) => server.tags.includes(tag)));
  }
  return tests;
}

function sorted(call: NovaCall, servers: Server[]): Server[] {
  const keys = call.request.query.getAll("sort_key");
  const directions = call.request.query.getAll("sort_dir");
  const order = keys.map((key, index) => {
    const value = sortValues[key] ?? (unsorted.has(key) ? () => 0 : undefined);
    if (value === undefined) {
      const names = [...Object.keys(sortValues), ...unsorted].map((name) => `'${name}'`);
      throw invalidQuery("sort_key", key, `'${key}' is not one of [${names.join(", ")}]`);
    }
    return { value, sign: (directions[index] ?? directions[0]) === "asc" ? 1 : -1 };
  });
  const reversed = servers.reverse();
  if (order.length === 0) {
    return reversed;
  }
  return reversed.sort((a, b) => {
    for (const { value, sign } of order) {
      const [x, y] = [value(a), value(b)];
      if (x !== y) {
        return x < y ? -sign : sign;
      }
    }
    return 0;
  });
}
