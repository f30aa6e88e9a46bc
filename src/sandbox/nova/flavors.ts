import type { JsonObject } from "../../cloud/json.ts";
import type { Reply } from "../core/http.ts";
import {
  checkQuery,
  invalidQuery,
  lastOf,
  links,
  type NovaCall,
  NovaError,
  type NovaHandler,
  page,
  unexpected,
} from "./call.ts";
import type { Flavor } from "./state.ts";

/** Flavors, read only. */
export const flavorRoutes: Readonly<Record<string, NovaHandler>> = {
  "GET /flavors": (call) => list(call, summary),
  "GET /flavors/detail": (call) => list(call, detail),
  "GET /flavors/:id": (call) => ({ status: 200, json: { flavor: detail(call, one(call)) } }),
  "GET /flavors/:id/os-extra_specs": (call) => {
    one(call);
    return { status: 200, json: { extra_specs: {} } };
  },
};

const known = new Set(["limit", "marker", "is_public", "minRam", "minDisk", "sort_key", "sort_dir"]);

const sortKeys: Readonly<Record<string, (flavor: Flavor) => string | number>> = {
  created_at: () => 0,
  description: () => 0,
  disabled: () => 0,
  ephemeral_gb: () => 0,
  flavorid: ({ id }) => id,
  id: ({ id }) => id,
  is_public: () => 1,
  memory_mb: ({ ram }) => ram,
  name: ({ name }) => name,
  root_gb: ({ disk }) => disk,
  rxtx_factor: () => 1,
  swap: () => 0,
  updated_at: () => 0,
  vcpu_weight: () => 0,
  vcpus: ({ vcpus }) => vcpus,
};

function one(call: NovaCall): Flavor {
  const id = call.request.params.id ?? "";
  const flavor = call.world.flavors.get(id);
  if (flavor === undefined) {
    throw new NovaError(404, `Flavor ${id} could not be found.`);
  }
  return flavor;
}

function list(call: NovaCall, view: (call: NovaCall, flavor: Flavor) => JsonObject): Reply {
  checkQuery(call, known, unexpected);
  const { query } = call.request;
  const key = query.get("sort_key") ?? "flavorid";
  const value = sortKeys[key];
  if (value === undefined) {
    const names = Object.keys(sortKeys).map((name) => `'${name}'`);
    throw invalidQuery("sort_key", key, `'${key}' is not one of [${names.join(", ")}]`);
  }
  const minRam = least(query, "minRam");
  const minDisk = least(query, "minDisk");
  const flavors = [...call.world.flavors.values()]
    .filter(({ ram, disk }) => ram >= minRam && disk >= minDisk)
    .sort((a, b) => compare(value(a), value(b)) || compare(a.id, b.id));
  if (query.get("sort_dir") === "desc") {
    flavors.reverse();
  }
  const { items, next } = page(
    call,
    flavors,
    ({ id }) => id,
    (marker) => `marker [${marker}] not found`,
  );
  const json: JsonObject = { flavors: items.map((flavor) => view(call, flavor)) };
  return { status: 200, json: next === undefined ? json : { ...json, flavors_links: next } };
}

function least(query: URLSearchParams, name: string): number {
  const value = lastOf(query, name);
  if (value !== undefined && !/^-?\d+$/.test(value)) {
    throw new NovaError(400, `Invalid ${name} filter [${value}]`);
  }
  return Number(value ?? 0);
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : Number(a > b);
}

function summary(call: NovaCall, { id, name }: Flavor): JsonObject {
  const json = { id, name, links: links(call, `/flavors/${id}`) };
  return call.version >= 55 ? { ...json, description: null } : json;
}

function detail(call: NovaCall, flavor: Flavor): JsonObject {
  const json: JsonObject = {
    id: flavor.id,
    name: flavor.name,
    ram: flavor.ram,
    disk: flavor.disk,
    swap: call.version >= 75 ? 0 : "",
    "OS-FLV-EXT-DATA:ephemeral": 0,
    "OS-FLV-DISABLED:disabled": false,
    vcpus: flavor.vcpus,
    "os-flavor-access:is_public": true,
    rxtx_factor: 1.0,
    links: links(call, `/flavors/${flavor.id}`),
  };
  if (call.version >= 55) {
    json.description = null;
  }
  if (call.version >= 61) {
    json.extra_specs = {};
  }
  return json;
}
