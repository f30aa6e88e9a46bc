import { Fault } from "./fault.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";

/** Where a piece of configuration was read. */
export interface Place {
  /** A file's path, or `OS_* variables`. */
  readonly source: string;
  /** Name of the cloud. */
  readonly cloud: string;
}

/** The error for a key. It says where the mistake is and what was expected, never the value. */
export function misconfigured(place: Place, key: string, problem: string): Fault {
  return new Fault("CLOUD_MISCONFIGURED", `${place.source}: cloud ${place.cloud}: ${key}: ${problem}`, {
    metadata: { cloud: place.cloud, source: place.source, key },
  });
}

/** The key's text; numbers count as text, as openstacksdk has them. Null and empty count as absent. */
export function textAt(place: Place, from: JsonObject, key: string, shown = key): string | undefined {
  const value = from[key];
  if (value === undefined || value === null || value === "") {
    return undefined;
  }
  if (typeof value === "number") {
    return String(value);
  }
  if (typeof value !== "string") {
    throw misconfigured(place, shown, "must be text");
  }
  return value;
}

/** The key's truth value. Variables are text, so the usual words count too. */
export function booleanAt(place: Place, from: JsonObject, key: string): boolean | undefined {
  const value = from[key];
  if (value === undefined || value === null || value === "") {
    return undefined;
  }
  const word = typeof value === "string" ? value.toLowerCase() : value;
  if (word === true || word === "true" || word === "yes" || word === "on" || word === "1" || word === 1) {
    return true;
  }
  if (word === false || word === "false" || word === "no" || word === "off" || word === "0" || word === 0) {
    return false;
  }
  throw misconfigured(place, key, "must be true or false");
}

/** The key's mapping; empty when absent. */
export function objectAt(place: Place, from: JsonObject, key: string): JsonObject {
  const value = from[key] ?? {};
  if (!isObject(value)) {
    throw misconfigured(place, key, "must be a mapping");
  }
  return value;
}

/** The mapping with `-` in its keys turned to `_`, as openstacksdk reads them. */
export function withUnderscores(from: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(from).map(([key, value]): [string, JsonValue] => [key.replaceAll("-", "_"), value]),
  );
}
