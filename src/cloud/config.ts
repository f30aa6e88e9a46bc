import type { CloudEntry, RegionEntry, ServiceEntry, TlsOptions } from "./cloud-entry.ts";
import { authKeyNames, parseAuth } from "./config-auth.ts";
import { booleanAt, misconfigured, type Place, textAt, withUnderscores } from "./config-error.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { isServiceType, officialType, versionsOf } from "./service-types.ts";

/** Keys that are not settings of a region. */
const cloudKeys = new Set([
  ...authKeyNames,
  "regions",
  "region_name",
  "verify",
  "insecure",
  "cacert",
  "cert",
  "key",
  "profile",
  "cloud",
  "interface",
  "endpoint_type",
  // Names code to run in the client: not for a service.
  "vendor_hook",
]);

/**
 * Checks one cloud's entry, after files and variables were merged.
 *
 * @throws Fault `CLOUD_MISCONFIGURED` naming the source, the cloud and the key.
 */
export function parseCloud(name: string, entry: JsonObject, source = "configuration"): CloudEntry {
  const place: Place = { source, cloud: name };
  const keys = withUnderscores(entry);
  const auth = parseAuth(place, keys);
  return {
    name,
    ...auth,
    tls: parseTls(place, keys),
    regions: parseRegions(place, keys),
    common: parseRegion(place, "", keys),
  };
}

function parseTls(place: Place, keys: JsonObject): TlsOptions {
  // `insecure` beats `verify` (cloud_region.py, get_requests_verify_args).
  const verify =
    booleanAt(place, keys, "insecure") === true ? false : (booleanAt(place, keys, "verify") ?? true);
  const cacert = textAt(place, keys, "cacert");
  const cert = textAt(place, keys, "cert");
  const key = textAt(place, keys, "key");
  if (key !== undefined && cert === undefined) {
    throw misconfigured(place, "cert", "is missing beside key");
  }
  return { verify, ...(cacert && { cacert }), ...(cert && { cert }), ...(key && { key }) };
}

function parseRegions(place: Place, keys: JsonObject): RegionEntry[] {
  const listed = keys.regions ?? [];
  if (!Array.isArray(listed)) {
    throw misconfigured(place, "regions", "must be a list");
  }
  const regions = listed.map((item, index) => parseListedRegion(place, keys, item, index));
  const name = textAt(place, keys, "region_name");
  if (regions.length === 0) {
    return name === undefined ? [] : [parseRegion(place, name, keys)];
  }
  if (new Set(regions.map((region) => region.name)).size < regions.length) {
    throw misconfigured(place, "regions", "names a region twice");
  }
  if (name !== undefined && !regions.some((region) => region.name === name)) {
    throw misconfigured(place, "region_name", "is not one of regions");
  }
  return regions;
}

function parseListedRegion(place: Place, keys: JsonObject, item: JsonValue, index: number): RegionEntry {
  if (typeof item === "string" && item !== "") {
    return parseRegion(place, item, keys);
  }
  const at = `regions[${index}]`;
  if (!isObject(item) || Object.keys(item).some((key) => key !== "name" && key !== "values")) {
    throw misconfigured(place, at, "must be a name or a mapping of name and values");
  }
  const name = textAt(place, item, "name", `${at}.name`);
  if (name === undefined) {
    throw misconfigured(place, `${at}.name`, "is missing");
  }
  const values = item.values ?? {};
  if (!isObject(values)) {
    throw misconfigured(place, `${at}.values`, "must be a mapping");
  }
  const own = withUnderscores(values);
  const foreign = Object.keys(own).find(
    (key) => cloudKeys.has(key) && key !== "interface" && key !== "endpoint_type",
  );
  if (foreign !== undefined) {
    throw misconfigured(place, `${at}.values.${foreign}`, "cannot differ between the regions of one cloud");
  }
  return parseRegion(place, name, { ...keys, ...own });
}

function parseRegion(place: Place, name: string, keys: JsonObject): RegionEntry {
  const services: Record<string, ServiceEntry> = {};
  const settings: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(keys)) {
    const [type, entry] = serviceEntry(place, keys, key) ?? [];
    if (type !== undefined) {
      services[type] = { ...services[type], ...entry };
    } else if (!cloudKeys.has(key)) {
      settings[key] = value;
    }
  }
  const key = keys.interface === undefined ? "endpoint_type" : "interface";
  return { name, interfaces: parseInterfaces(place, keys, key) ?? ["public"], services, settings };
}

function serviceEntry(place: Place, keys: JsonObject, key: string): [string, ServiceEntry] | undefined {
  if (key.startsWith("has_")) {
    const hidden = key.slice(4).replaceAll("_", "-");
    return isServiceType(hidden)
      ? [officialType(hidden), { hidden: booleanAt(place, keys, key) === false }]
      : undefined;
  }
  const [, prefix, what] =
    /^(.+)_(endpoint_override|endpoint|api_version|interface|endpoint_type)$/.exec(key) ?? [];
  if (what === undefined || prefix === undefined) {
    return undefined;
  }
  const named = prefix.replaceAll("_", "-");
  if (!isServiceType(named)) {
    return undefined;
  }
  const type = officialType(named);
  if (what === "api_version") {
    checkVersion(place, keys, key, type);
    return [type, {}];
  }
  if (what === "interface" || what === "endpoint_type") {
    const interfaces = parseInterfaces(place, keys, key);
    return [type, interfaces === undefined ? {} : { interfaces }];
  }
  const url = textAt(place, keys, key);
  if (url === undefined || (what === "endpoint" && keys[`${prefix}_endpoint_override`] !== undefined)) {
    return [type, {}];
  }
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw misconfigured(place, key, "must be an http or https URL");
  }
  return [type, { endpointOverride: url }];
}

function checkVersion(place: Place, keys: JsonObject, key: string, type: string): void {
  const text = textAt(place, keys, key);
  const { major } = versionsOf(type);
  if (text === undefined || major === undefined) {
    return;
  }
  if (Number.parseInt(text.replace(/^v/, ""), 10) !== major) {
    throw misconfigured(place, key, `must be ${major}: Oaktree speaks no other version of ${type}`);
  }
}

function parseInterfaces(place: Place, keys: JsonObject, key: string): string[] | undefined {
  const value = keys[key];
  if (value === undefined || value === null || value === "") {
    return undefined;
  }
  const words = typeof value === "string" ? value.split(",") : value;
  if (!Array.isArray(words)) {
    throw misconfigured(place, key, "must be a word or a list of words");
  }
  return words.map((word) => {
    const plain = typeof word === "string" ? word.trim().replace(/URL$/, "") : "";
    if (plain !== "public" && plain !== "internal" && plain !== "admin") {
      throw misconfigured(place, key, "must be public, internal or admin");
    }
    return plain;
  });
}
