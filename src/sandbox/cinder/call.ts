import type { JsonObject, JsonValue } from "../../cloud/json.ts";
import type { Reply, Request } from "../core/http.ts";
import { repr } from "../core/python.ts";
import type { Caller } from "../keystone/identity.ts";
import type { CinderWorld } from "./state.ts";

/** How Cinder behaves. */
export interface CinderSettings {
  /** Highest microversion, such as `3.70`. */
  readonly maxMicroversion: string;
  /** How long a volume or a snapshot takes to become available, in milliseconds. */
  readonly fillMs: number;
  /** How long a deletion takes, in milliseconds. */
  readonly deleteMs: number;
  /** Most items of a page. */
  readonly pageLimit: number;
}

/** What a Cinder handler works with. */
export interface CinderCall {
  readonly world: CinderWorld;
  readonly settings: CinderSettings;
  readonly caller: Caller;
  readonly request: Request;
  /** Address of `/volume/v3/PROJECT`. */
  readonly url: string;
  /** Microversion in effect: 70 for 3.70. */
  readonly version: number;
  /** The object below the body's one key. @throws CinderError 400. */
  json(key: string): Promise<JsonObject>;
}

/** A handler of one route. */
export type CinderHandler = (call: CinderCall) => Reply | Promise<Reply>;

/** An error of Cinder. */
export class CinderError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Refuses who may only read. */
export function mayWrite(call: CinderCall, rule: string): void {
  if (!call.caller.member) {
    throw policy(rule);
  }
}

/** A 403 of the policy. */
export function policy(rule: string): CinderError {
  return new CinderError(403, `Policy doesn't allow ${rule} to be performed.`);
}

/** A 400 of a schema. */
export function invalid(field: string, value: string, words: string): CinderError {
  return new CinderError(400, `Invalid input for field/attribute ${field}. Value: ${value}. ${words}`);
}

/** An object of the caller's project by the id of the path. @throws CinderError 404. */
export function find<T extends { readonly projectId: string }>(
  call: CinderCall,
  things: ReadonlyMap<string, T>,
  noun: string,
  id: string = call.request.params.id ?? "",
): T {
  const thing = things.get(id);
  if (thing === undefined || (thing.projectId !== call.caller.projectId && !call.caller.admin)) {
    throw new CinderError(404, `${noun} ${id} could not be found.`);
  }
  return thing;
}

interface Listed {
  readonly id: string;
  readonly projectId: string;
  readonly serial: number;
  readonly name: string | null;
  readonly status: string;
}

/** One page of a list, newest first, after the filters that the caller names. */
export function list<T extends Listed>(
  call: CinderCall,
  things: Iterable<T>,
  key: string,
  show: (thing: T) => JsonObject,
  filters: Readonly<Record<string, (thing: T) => string>>,
  noun: string,
): Reply {
  const { query } = call.request;
  const all = call.caller.admin && /^(1|true)$/i.test(query.get("all_tenants") ?? "");
  const steering = new Set(["limit", "marker", "offset", "all_tenants", "sort", "sort_key", "sort_dir"]);
  const known: Record<string, (thing: T) => string> = {
    name: ({ name }) => name ?? "",
    status: ({ status }) => status,
    ...filters,
  };
  const wanted = [...query].filter(([name]) => !steering.has(name));
  const unknown = wanted.filter(([name]) => !Object.hasOwn(known, name)).map(([name]) => name);
  if (unknown.length > 0) {
    throw new CinderError(400, `Invalid filters ${unknown.join(", ")} are found in query options.`);
  }
  const found = [...things]
    .filter((thing) => all || thing.projectId === call.caller.projectId)
    .filter((thing) => wanted.every(([name, value]) => known[name]?.(thing) === value))
    .sort((a, b) => b.serial - a.serial);
  const limit = query.get("limit");
  if (limit !== null && !/^\d+$/.test(limit)) {
    throw new CinderError(400, "limit param must be an integer");
  }
  const marker = query.get("marker");
  const start = marker === null ? 0 : found.findIndex(({ id }) => id === marker) + 1;
  if (marker !== null && start === 0) {
    throw new CinderError(404, `${noun} ${marker} could not be found.`);
  }
  const size = Math.min(limit === null ? call.settings.pageLimit : Number(limit), call.settings.pageLimit);
  const page = found.slice(start, start + size);
  const last = page.at(-1);
  const json: Record<string, JsonValue> = { [key]: page.map(show) };
  // Cinder links on whenever the page is as long as it may be.
  if (last !== undefined && page.length === size) {
    const params = new URLSearchParams(query);
    params.set("marker", last.id);
    const path = call.request.path.split("/").slice(3).join("/");
    json[`${key}_links`] = [{ rel: "next", href: `${call.url}/${path}?${params}` }];
  }
  return { status: 200, json };
}

/** Checks a map of texts. */
export function texts(value: JsonValue | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value ?? {}).map(([key, text]) => {
      if (typeof text !== "string") {
        throw invalid(key, String(text), `${repr(text)} is not of type 'string'`);
      }
      return [key, text];
    }),
  );
}

/** What Cinder answers to a deletion that it has taken. */
export const emptied: Reply = { status: 202, headers: { "content-type": "text/html; charset=UTF-8" } };

/** A text or null, as Cinder takes names. */
export function nameOf(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value.trim() : null;
}
