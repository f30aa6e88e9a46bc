import { randomBytes, randomUUID } from "node:crypto";
import { isObject, type JsonObject, type JsonValue } from "../../cloud/json.ts";
import type { Reply } from "../core/http.ts";
import { boolFromString, repr } from "../core/python.ts";
import type { Image } from "../glance/state.ts";
import { subnetsOf } from "../neutron/state/addresses.ts";
import { attachPlanned, bootPlan } from "./block-devices.ts";
import { links, mayWrite, type NovaCall, NovaError, policy } from "./call.ts";
import { build, type Plug } from "./lifecycle.ts";
import { usage } from "./limits.ts";
import {
  anything,
  base64,
  boolean,
  type Check,
  checked,
  checkMetadata,
  checkName,
  count,
  invalid,
  noSchema,
  nullable,
  oneOf,
  text,
} from "./schema.ts";
import { findGroup } from "./server-groups.ts";
import { type Flavor, quotaOf, type Server, type ServerGroup } from "./state.ts";

/** Most servers in memory, the deleted ones that are kept for lists among them. */
const maxServers = 20_000;

const uuid = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Names of hosts, as 2.90 takes them. */
export const hostnameCheck: Check = text(/^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$/, 2, 63);

/** `POST /servers`. */
export async function create(call: NovaCall): Promise<Reply> {
  const body = await call.json();
  const required = call.version >= 37 ? ["name", "flavorRef", "networks"] : ["name", "flavorRef"];
  const given = checked(body, "server", fields(call), required);
  const name = checkName(given.name ?? "");
  const metadata = checkMetadata(given.metadata ?? {});
  const tags = checkTags(given.tags);
  mayWrite(call, "servers:create");
  const zone = checkZone(call, given.availability_zone);
  const min = Number(given.min_count ?? 1);
  const max = Number(given.max_count ?? min);
  if (min > max) {
    throw new NovaError(400, "min_count must be <= max_count");
  }
  const plan = bootPlan(call, given, (id) => findImage(call, id));
  const group = groupOf(call, body["os:scheduler_hints"]);
  const flavor = findFlavor(call, String(given.flavorRef));
  const keyName = typeof given.key_name === "string" ? given.key_name : null;
  if (keyName !== null && !call.world.keypairs.has(`${call.caller.user.id} ${keyName}`)) {
    throw new NovaError(400, "Invalid key_name provided.");
  }
  const groups = findGroups(call, given.security_groups);
  const plugs = findPlugs(call, given.networks);
  const number = withinQuota(call, flavor, min, max);
  const reservationId = `r-${randomBytes(5).toString("hex").slice(0, 8)}`;
  const made = Array.from({ length: number }, (_, index): Server => {
    const own = number > 1 ? `${name}-${index + 1}` : name;
    const hostname = typeof given.hostname === "string" ? given.hostname : hostnameOf(own);
    return {
      id: randomUUID(),
      projectId: call.caller.projectId,
      userId: call.caller.user.id,
      createdAt: Math.floor(call.world.timeline.now() / 1000) * 1000,
      serial: call.world.serial(),
      reservationId,
      flavor,
      imageId: plan.image?.id ?? "",
      keyName,
      configDrive: boolFromString(String(given.config_drive ?? "")) === true ? "True" : "",
      userData: typeof given.user_data === "string" ? given.user_data : null,
      diskConfig: typeof given["OS-DCF:diskConfig"] === "string" ? given["OS-DCF:diskConfig"] : "MANUAL",
      launchIndex: index,
      updatedAt: Math.floor(call.world.timeline.now() / 1000) * 1000,
      name: own,
      hostname,
      description: typeof given.description === "string" ? given.description : null,
      accessIPv4: typeof given.accessIPv4 === "string" ? given.accessIPv4 : "",
      accessIPv6: typeof given.accessIPv6 === "string" ? given.accessIPv6 : "",
      vmState: "building",
      taskState: "scheduling",
      powerState: 0,
      host: null,
      zone: zone ?? "",
      launchedAt: null,
      terminatedAt: null,
      metadata: { ...metadata },
      tags: [...tags],
      ports: [],
      ownPorts: new Set(),
      plugged: false,
      disks: [],
      locked: undefined,
      oldFlavor: undefined,
      groupId: group?.id,
      fault: undefined,
    };
  });
  for (const server of made) {
    call.world.servers.set(server.id, server);
    build(call.world, call.settings, server, plugs, groups);
    attachPlanned(call.world, call.settings.buildMs, server, plan);
  }
  const [first] = made;
  if (first === undefined || boolFromString(String(given.return_reservation_id ?? "")) === true) {
    return { status: 202, json: { reservation_id: reservationId } };
  }
  const json: JsonObject = {
    id: first.id,
    links: links(call, `/servers/${first.id}`),
    "OS-DCF:diskConfig": first.diskConfig,
    security_groups: groups.map((id) => ({ name: call.world.securityGroups.get(id)?.name ?? id })),
    adminPass: typeof given.adminPass === "string" ? given.adminPass : randomBytes(9).toString("base64url"),
  };
  const location = `${call.url}/servers/${first.id}`;
  return { status: 202, headers: { location }, json: { server: json } };
}

/** The fields that the microversion's schema has. */
function fields(call: NovaCall): Record<string, Check> {
  const { version } = call;
  const known: Record<string, Check> = {
    name: text(undefined, 1, 255),
    imageRef: (value) =>
      value === "" || (typeof value === "string" && uuid.test(value)) ? undefined : noSchema(value),
    flavorRef: (value) => (typeof value === "number" ? undefined : text(undefined, 1, 255)(value)),
    adminPass: text(),
    metadata: anything,
    networks: (value) => networksCheck(value, version),
    "OS-DCF:diskConfig": oneOf("AUTO", "MANUAL"),
    accessIPv4: text(),
    accessIPv6: text(),
    security_groups: anything,
    user_data: nullable(base64),
    availability_zone: nullable(text(undefined, 1, 255)),
    key_name: nullable(text(undefined, 1, 255)),
    config_drive: nullable(boolean),
    min_count: count,
    max_count: count,
    return_reservation_id: boolean,
    block_device_mapping: anything,
    block_device_mapping_v2: anything,
  };
  if (version < 57) {
    known.personality = anything;
  }
  if (version >= 19) {
    known.description = nullable(text());
  }
  if (version >= 52) {
    known.tags = anything;
  }
  if (version >= 63) {
    known.trusted_image_certificates = anything;
  }
  if (version >= 90) {
    known.hostname = hostnameCheck;
  }
  return known;
}

function networksCheck(value: JsonValue, version: number): string | undefined {
  if (typeof value === "string") {
    return version >= 37 && (value === "auto" || value === "none") ? undefined : noSchema(value);
  }
  const right = (each: JsonValue) =>
    isObject(each) && (each.uuid === undefined || (typeof each.uuid === "string" && uuid.test(each.uuid)));
  return Array.isArray(value) && value.every(right) ? undefined : noSchema(value);
}

/** Checks tags: at most 50, without `,` and `/`. */
export function checkTags(value: JsonValue | undefined): string[] {
  if (value === undefined) {
    return [];
  }
  if (!Array.isArray(value) || value.length > 50) {
    throw invalid(
      "tags",
      value,
      Array.isArray(value) ? `${repr(value)} is too long` : `${repr(value)} is not of type 'array'`,
    );
  }
  const tags = value.map((tag, index) => {
    const wrong = text(/^[^,/]*$/, 1, 60)(tag);
    if (wrong !== undefined || typeof tag !== "string") {
      throw invalid(String(index), tag, wrong ?? "");
    }
    return tag;
  });
  return [...new Set(tags)];
}

/** Of the scheduler's hints only the server group counts here. */
function groupOf(call: NovaCall, hints: JsonValue | undefined): ServerGroup | undefined {
  const id = isObject(hints) ? hints.group : undefined;
  return typeof id === "string" ? findGroup(call, id) : undefined;
}

function checkZone(call: NovaCall, value: JsonValue | undefined): string | undefined {
  if (typeof value !== "string") {
    return undefined;
  }
  const [zone, host] = value.split(":");
  if (host !== undefined && !call.caller.admin) {
    throw policy("servers:create:forced_host");
  }
  if (zone !== "nova") {
    throw new NovaError(400, "The requested availability zone is not available");
  }
  return zone;
}

function findImage(call: NovaCall, id: JsonValue | undefined): Image {
  if (typeof id !== "string" || id === "") {
    throw new NovaError(400, "Missing imageRef attribute");
  }
  const image = call.world.images.get(id);
  const { projectId, admin } = call.caller;
  if (
    image === undefined ||
    !(image.visibility === "public" || image.visibility === "community" || image.owner === projectId || admin)
  ) {
    throw new NovaError(400, "Can not find requested image");
  }
  if (image.status !== "active") {
    throw new NovaError(400, `Image ${image.id} is not active.`);
  }
  return image;
}

/** A flavor by its id, or by a link that ends in it. */
export function findFlavor(call: NovaCall, ref: string): Flavor {
  const id = ref.split("/").at(-1) ?? "";
  const flavor = call.world.flavors.get(id);
  if (flavor === undefined) {
    throw new NovaError(400, `Flavor ${id} could not be found.`);
  }
  return flavor;
}

function findGroups(call: NovaCall, value: JsonValue | undefined): string[] {
  const names = Array.isArray(value) && value.length > 0 ? value : [{ name: "default" }];
  const own = [...call.world.securityGroups.values()].filter(
    (each) => each.projectId === call.caller.projectId,
  );
  return names.map((each) => {
    const name = isObject(each) ? each.name : undefined;
    const found = own.find((group) => group.name === name || group.id === name);
    if (found === undefined) {
      throw new NovaError(400, `Unable to find security_group with name or id '${name}'`);
    }
    return found.id;
  });
}

/** What to plug the server into. Without a word of it: the project's one network. */
function findPlugs(call: NovaCall, value: JsonValue | undefined): Plug[] {
  const { world, caller } = call;
  if (Array.isArray(value) && value.length > 0) {
    return value.filter(isObject).map((each): Plug => {
      if (typeof each.port === "string") {
        const port = world.ports.get(each.port);
        if (port === undefined || (port.projectId !== caller.projectId && !caller.admin)) {
          throw new NovaError(400, `Port id ${each.port} could not be found.`);
        }
        return { port: each.port };
      }
      const network = typeof each.uuid === "string" ? world.networks.get(each.uuid) : undefined;
      const visible =
        network !== undefined &&
        (network.projectId === caller.projectId || network.shared || network.external || caller.admin);
      if (!visible) {
        throw new NovaError(400, `Network ${each.uuid} could not be found.`);
      }
      return { network };
    });
  }
  if (value === "none") {
    return [];
  }
  const own = [...world.networks.values()].filter(
    (network) =>
      (network.projectId === caller.projectId || network.shared) &&
      !network.external &&
      subnetsOf(world, network.id).length > 0,
  );
  const [network] = own;
  if (own.length > 1) {
    throw new NovaError(409, "Multiple possible networks found, use a Network ID to be more specific.");
  }
  if (network === undefined && value === "auto") {
    const words = `Unable to automatically allocate a network for project ${caller.projectId}`;
    throw new NovaError(400, words);
  }
  return network === undefined ? [] : [{ network }];
}

/** How many of the servers asked for may be made. */
function withinQuota(call: NovaCall, flavor: Flavor, min: number, max: number): number {
  const { servers } = call.world;
  const given = quotaOf(call.world, call.caller.projectId);
  const used = usage(call.world, call.caller.projectId);
  // -1 is no limit.
  const quota = {
    cores: given.cores < 0 ? Number.MAX_SAFE_INTEGER : given.cores,
    instances: given.instances < 0 ? Number.MAX_SAFE_INTEGER : given.instances,
    ram: given.ram < 0 ? Number.MAX_SAFE_INTEGER : given.ram,
  };
  const room: [string, number, number, number][] = [
    ["cores", flavor.vcpus, used.cores, quota.cores],
    ["instances", 1, used.instances, quota.instances],
    ["ram", flavor.ram, used.ram, quota.ram],
  ];
  const over = room.filter(([, each, taken, limit]) => taken + each * min > limit);
  if (over.length > 0) {
    const list = (values: (string | number)[]) => values.join(", ");
    const words = `Requested ${list(over.map(([, each]) => each * min))}, but already used ${list(over.map(([, , taken]) => taken))} of ${list(over.map(([, , , limit]) => limit))} ${list(over.map(([name]) => name))}`;
    throw new NovaError(403, `Quota exceeded for ${list(over.map(([name]) => name))}: ${words}`);
  }
  if (servers.size + min > maxServers) {
    throw new NovaError(403, `Quota exceeded for instances: the sandbox holds at most ${maxServers} servers`);
  }
  const most = room.map(([, each, taken, limit]) => Math.floor((limit - taken) / each));
  return Math.min(max, maxServers - servers.size, ...most);
}

function hostnameOf(name: string): string {
  const clean = name
    .toLowerCase()
    .replaceAll(/[ _.]/g, "-")
    .replaceAll(/[^\w-]/g, "")
    .replaceAll(/^[-.]+|[-.]+$/g, "");
  return clean === "" ? "Server" : clean.slice(0, 63);
}
