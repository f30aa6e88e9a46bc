import type { JsonObject, JsonValue } from "../../cloud/json.ts";
import type { Reply, Request } from "../core/http.ts";
import type { Caller, Identity } from "../keystone/identity.ts";
import type { NovaWorld, Server } from "./state.ts";

/** How Nova behaves. */
export interface NovaSettings {
  /** Highest microversion, such as `2.93`. */
  readonly maxMicroversion: string;
  /** How long a build takes, in milliseconds. */
  readonly buildMs: number;
  /** How long an action or an attachment takes, in milliseconds. */
  readonly changeMs: number;
  /** How long a deletion takes, in milliseconds. */
  readonly deleteMs: number;
  /** Most items of a page. */
  readonly pageLimit: number;
}

/** What a Nova handler works with. */
export interface NovaCall {
  readonly world: NovaWorld;
  readonly identity: Identity;
  readonly settings: NovaSettings;
  readonly caller: Caller;
  readonly request: Request;
  /** Address of `/compute/v2.1`. */
  readonly url: string;
  /** Microversion in effect: 60 for 2.60. */
  readonly version: number;
  /** The body. @throws NovaError 400 when it is no JSON object. */
  json(): Promise<JsonObject>;
}

/** A handler of one route. */
export type NovaHandler = (call: NovaCall) => Reply | Promise<Reply>;

/** An error of Nova. */
export class NovaError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A 403 of the policy. */
export function policy(rule: string): NovaError {
  return new NovaError(403, `Policy doesn't allow os_compute_api:${rule} to be performed.`);
}

/** Refuses who may only read. */
export function mayWrite(call: NovaCall, rule: string): void {
  if (!call.caller.member) {
    throw policy(rule);
  }
}

/** The server of the path, if the caller may see it. A deleted one is not found. */
export function findServer(call: NovaCall): Server {
  const id = call.request.params.id ?? "";
  const server = call.world.servers.get(id);
  const seen = server !== undefined && (server.projectId === call.caller.projectId || call.caller.admin);
  if (!seen || server.vmState === "deleted") {
    throw new NovaError(404, `Instance ${id} could not be found.`);
  }
  return server;
}

/** A route that only microversions from `lowest` know. */
export function since(lowest: number, handler: NovaHandler): NovaHandler {
  return (call) => {
    if (call.version < lowest) {
      throw new NovaError(404, "The resource could not be found.");
    }
    return handler(call);
  };
}

/** The links of an object. Bookmarks have no version. */
export function links(call: NovaCall, path: string): JsonValue[] {
  return [
    { rel: "self", href: `${call.url}${path}` },
    { rel: "bookmark", href: `${call.request.base}${path}` },
  ];
}

/** One page of a list, and the link to the next one. */
export function page<Item>(
  call: NovaCall,
  items: readonly Item[],
  id: (item: Item) => string,
  noMarker: (marker: string) => string,
): { items: Item[]; next: JsonValue[] | undefined } {
  const { query } = call.request;
  const limit = query.get("limit") === null ? undefined : Number(lastOf(query, "limit"));
  const size = Math.min(limit ?? call.settings.pageLimit, call.settings.pageLimit);
  const marker = lastOf(query, "marker");
  let start = 0;
  if (marker !== undefined) {
    start = items.findIndex((item) => id(item) === marker) + 1;
    if (start === 0) {
      throw new NovaError(400, noMarker(marker));
    }
  }
  const found = items.slice(start, start + size);
  const last = found.at(-1);
  // Nova links on whenever the page is full: the page after the last one is empty.
  if (last === undefined || found.length < size) {
    return { items: found, next: undefined };
  }
  const sorted = [...new Map(query)].sort(([a], [b]) => (a < b ? -1 : 1));
  const params = new Map(sorted).set("marker", id(last));
  const text = new URLSearchParams([...params]).toString();
  const path = call.request.path.replace("/v2.1", "");
  return { items: found, next: [{ rel: "next", href: `${call.url}${path}?${text}` }] };
}

/** The last value of a parameter: Python's WebOb takes that one. */
export function lastOf(query: URLSearchParams, name: string): string | undefined {
  return query.getAll(name).at(-1);
}

/** Refuses a limit that is no number; and, from 2.75 on, parameters that are not known. */
export function checkQuery(
  call: NovaCall,
  known: ReadonlySet<string>,
  unknown: (name: string) => string,
): void {
  for (const [name, value] of call.request.query) {
    if (name === "limit" && !/^[0-9]*$/.test(value)) {
      throw invalidQuery(name, value, `'${value}' does not match '^[0-9]*$'`);
    }
    if (call.version >= 75 && !known.has(name)) {
      throw new NovaError(400, unknown(name));
    }
  }
}

/** The words for an unknown query parameter outside of servers. */
export function unexpected(name: string): string {
  return `Additional properties are not allowed ('${name}' was unexpected)`;
}

/** A 400 about a query parameter. */
export function invalidQuery(name: string, value: string, words: string): NovaError {
  return new NovaError(400, `Invalid input for query parameters ${name}. Value: ${value}. ${words}`);
}
