import { isObject, type JsonObject, type JsonValue } from "../cloud/json.ts";
import { withoutMarks } from "./server-marks.ts";

/** Nova lists each keypair under a key of its own: `{"keypairs": [{"keypair": {...}}]}`. */
export function prepareKeypair(raw: JsonObject): JsonObject {
  return isObject(raw.keypair) ? raw.keypair : raw;
}

/**
 * Nova keeps addresses in a map by network name, and names a server's security
 * groups once for each of its ports. Oaktree's own marks are no metadata of the
 * user's.
 */
export function prepareServer(raw: JsonObject): JsonObject {
  const shown = withoutMarks(raw);
  return {
    ...shown,
    ...(isObject(raw.addresses) ? { addresses: addressList(raw.addresses) } : {}),
    ...(Array.isArray(raw.security_groups) ? { security_groups: groupNames(raw.security_groups) } : {}),
  };
}

function addressList(networks: JsonObject): JsonValue[] {
  return Object.entries(networks).flatMap(([network, addresses]) =>
    Array.isArray(addresses) ? addresses.filter(isObject).map((address) => ({ ...address, network })) : [],
  );
}

function groupNames(groups: readonly JsonValue[]): JsonValue[] {
  return [...new Set(groups.map((group) => (isObject(group) ? (group.name ?? null) : group)))];
}
