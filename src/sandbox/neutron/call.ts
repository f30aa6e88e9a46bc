import type { JsonObject, JsonValue } from "../../cloud/json.ts";
import { isoSeconds } from "../core/clock.ts";
import type { Reply, Request } from "../core/http.ts";
import { boolFromString } from "../core/python.ts";
import type { Caller } from "../keystone/identity.ts";
import type { NeutronState } from "./state/types.ts";

/** What a Neutron handler works with. */
export interface NeutronCall {
  readonly world: NeutronState;
  readonly caller: Caller;
  readonly request: Request;
  /** Most items of a page; undefined for no bound, as Neutron comes. */
  readonly pageLimit: number | undefined;
  /** The object below the body's one key. @throws NeutronError 400. */
  json(key: string): Promise<JsonObject>;
  /** The whole body. @throws NeutronError 400. */
  body(): Promise<JsonObject>;
}

/** A handler of one route. */
export type NeutronHandler = (call: NeutronCall) => Reply | Promise<Reply>;

/** An error of Neutron. */
export class NeutronError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** What every object of Neutron ends with. */
export function common(
  { projectId, createdAt }: { projectId: string; createdAt: number },
  revision: number,
  updatedAt = createdAt,
): JsonObject {
  return {
    tags: [],
    created_at: isoSeconds(createdAt),
    updated_at: isoSeconds(updatedAt),
    revision_number: revision,
    project_id: projectId,
  };
}

/** Parameters of lists that are no filters. */
const control = new Set(["fields", "limit", "marker", "page_reverse", "sort_key", "sort_dir"]);

/** A list: filtered, sorted by id, paged, with the fields that were asked for. */
export function listed(
  call: NeutronCall,
  collection: string,
  items: JsonObject[],
  missing: (id: string) => NeutronError,
  attributes: readonly string[],
): Reply {
  const { query } = call.request;
  const unknown = [...new Set(query.keys())].filter(
    (name) => !control.has(name) && !attributes.includes(name),
  );
  if (unknown.length > 0) {
    const names = unknown.map((name) => `'${name}'`).join(", ");
    throw new NeutronError(400, "HTTPBadRequest", `[${names}] is invalid attribute for filtering`);
  }
  const found = items.filter((item) =>
    [...new Set(query.keys())].every((name) => control.has(name) || fits(item, name, query.getAll(name))),
  );
  const sorted = sort(query, found, attributes);
  const { page, links } = paged(call, collection, sorted, missing);
  const fields = query.getAll("fields").filter((name) => name !== "");
  const picked = fields.length === 0 ? page : page.map((item) => pick(item, fields));
  const json: JsonObject = { [collection]: picked };
  return { status: 200, json: links.length === 0 ? json : { ...json, [`${collection}_links`]: links } };
}

function fits(item: JsonObject, name: string, values: string[]): boolean {
  const given = item[name === "tenant_id" ? "project_id" : name] ?? null;
  if (typeof given === "boolean") {
    return values.some((value) => {
      const wanted = boolFromString(value);
      if (wanted === undefined) {
        const words = `Invalid input for operation: '${value}' cannot be converted to boolean.`;
        throw new NeutronError(400, "InvalidInput", words);
      }
      return wanted === given;
    });
  }
  if (name === "fixed_ips") {
    return values.some((value) => fixedIp(given, value));
  }
  if (Array.isArray(given)) {
    return values.every((value) => value.split(",").every((each) => given.includes(each)));
  }
  return values.includes(String(given ?? ""));
}

/** `fixed_ips=ip_address=10.0.0.2`, or `subnet_id=`. */
function fixedIp(given: JsonValue, filter: string): boolean {
  const [key = "", value = ""] = filter.split("=");
  const items = Array.isArray(given) ? (given as JsonObject[]) : [];
  return items.some((each) => each[key] === value);
}

function sort(query: URLSearchParams, items: JsonObject[], attributes: readonly string[]): JsonObject[] {
  const keys = query.getAll("sort_key");
  const directions = query.getAll("sort_dir");
  if (keys.length !== directions.length) {
    throw new NeutronError(400, "HTTPBadRequest", "The number of sort_keys and sort_dirs must be same");
  }
  const unknown = keys.filter((key) => !attributes.includes(key));
  if (unknown.length > 0) {
    const names = unknown.map((key) => `'${key}'`).join(", ");
    throw new NeutronError(400, "HTTPBadRequest", `[${names}] is invalid attribute for sort_keys`);
  }
  const order = [
    ...keys.map((key, index) => [key, directions[index] === "desc" ? -1 : 1] as const),
    ["id", 1] as const,
  ];
  return items.sort((a, b) => {
    for (const [key, sign] of order) {
      const [x, y] = [String(a[key] ?? ""), String(b[key] ?? "")];
      if (x !== y) {
        return x < y ? -sign : sign;
      }
    }
    return 0;
  });
}

function paged(
  call: NeutronCall,
  collection: string,
  items: JsonObject[],
  missing: (id: string) => NeutronError,
): { page: JsonObject[]; links: JsonValue[] } {
  const { query, base } = call.request;
  const text = query.get("limit");
  if (text !== null && !/^\d+$/.test(text)) {
    const words = `Bad limit request: Limit must be an integer 0 or greater and not '${text}'.`;
    throw new NeutronError(400, "BadRequest", words);
  }
  const wanted = Number(text ?? 0) || undefined;
  const limit = call.pageLimit === undefined ? wanted : Math.min(wanted ?? call.pageLimit, call.pageLimit);
  const backwards = boolFromString(query.get("page_reverse") ?? "") === true;
  const marker = query.get("marker");
  const ordered = backwards ? items.toReversed() : items;
  // Without a limit Neutron pages nothing, and does not look at the marker.
  const isPaged = limit !== undefined && marker !== null;
  const start = isPaged ? ordered.findIndex(({ id }) => id === marker) + 1 : 0;
  if (isPaged && start === 0) {
    throw missing(marker);
  }
  const page = ordered.slice(start, limit === undefined ? undefined : start + limit);
  if (limit === undefined) {
    return { page, links: [] };
  }
  const shown = backwards ? page.toReversed() : page;
  const href = (at: JsonObject | undefined, reverse: boolean) => {
    const params = new URLSearchParams(query);
    params.delete("marker");
    params.delete("page_reverse");
    if (at !== undefined) {
      params.set("marker", String(at.id));
    }
    if (reverse) {
      params.set("page_reverse", "True");
    }
    return `${base}/v2.0/${collection.replaceAll("_", "-")}?${params}`;
  };
  const short = page.length < limit;
  const links: JsonValue[] = [];
  if (!short || backwards) {
    links.push({ rel: "next", href: href(shown.at(-1), false) });
  }
  if (!short || !backwards) {
    links.push({ rel: "previous", href: href(shown[0], true) });
  }
  return { page: shown, links };
}

/** Only the fields that were asked for. */
function pick(item: JsonObject, fields: string[]): JsonObject {
  return Object.fromEntries(
    fields.filter((name) => item[name] !== undefined).map((name) => [name, item[name] as JsonValue]),
  );
}

/** One object, with the fields that were asked for. */
export function shown(call: NeutronCall, key: string, item: JsonObject): Reply {
  const fields = call.request.query.getAll("fields").filter((name) => name !== "");
  return { status: 200, json: { [key]: fields.length === 0 ? item : pick(item, fields) } };
}

/** Refuses who may only read. */
export function mayWrite(call: NeutronCall, rule: string): void {
  if (!call.caller.member) {
    throw new NeutronError(403, "PolicyNotAuthorized", `rule:${rule} is disallowed by policy`);
  }
}

/** Refuses a body that leaves out what a new object must have. */
export function checkRequired(given: JsonObject, ...required: string[]): void {
  const missing = required.find((name) => given[name] === undefined);
  if (missing !== undefined) {
    const words = `Failed to parse request. Required attribute '${missing}' not specified`;
    throw new NeutronError(400, "HTTPBadRequest", words);
  }
}

/** Refuses fields that a body may not have. */
export function checkFields(given: JsonObject, ...known: string[]): void {
  if ("admin_state_up" in given && boolFromString(String(given.admin_state_up)) === undefined) {
    const words = `Invalid input for operation: '${given.admin_state_up}' cannot be converted to boolean.`;
    throw new NeutronError(400, "InvalidInput", words);
  }
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const words = `Unrecognized attribute(s) '${unknown.join(", ")}'`;
    throw new NeutronError(400, "HTTPBadRequest", words);
  }
}
