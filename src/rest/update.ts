import { isDeepStrictEqual } from "node:util";
import type { JsonObject, JsonValue } from "../cloud/json.ts";
import type { CallScope, Region, RestAnswer } from "../cloud/region.ts";
import { Update } from "../gen/oaktree/rest/v1/annotations_pb.js";
import type { Found, ResourceClient } from "./resource-client.ts";

/** Media types of RFC 6902 lists, where a service does not take the registered one. */
const patchTypes: Readonly<Record<string, string>> = {
  // glance/api/v2/images.py, RequestDeserializer._get_change_operation_d10 and the like
  image: "application/openstack-images-v2.1-json-patch",
};

/**
 * Sends a change in the way of the resource. What the object has already is not
 * sent, and where nothing is left no call is made; then the answer is undefined.
 *
 * @param change Keys and their new values; null for a key that is to go.
 */
export async function sendChange(
  client: ResourceClient,
  { id, raw }: Found,
  change: JsonObject,
  minMicroversion: string | undefined,
  region: Region,
  scope: CallScope,
): Promise<RestAnswer | undefined> {
  const changed = Object.entries(change).filter(
    ([key, value]) => !isDeepStrictEqual(raw[key] ?? null, value),
  );
  if (changed.length === 0) {
    return undefined;
  }
  const { key, update, service } = client.table.options;
  const request = { path: client.pathOf(id), minMicroversion };
  if (update === Update.JSON_PATCH) {
    const body = changed.map(([name, value]) => patchOperation(raw, name, value));
    const contentType = patchTypes[service] ?? "application/json-patch+json";
    return client.send({ ...request, method: "PATCH", body, contentType }, region, scope);
  }
  const body: JsonObject = Object.fromEntries(changed);
  const method = update === Update.PATCH ? "PATCH" : "PUT";
  return client.send({ ...request, method, body: key === "" ? body : { [key]: body } }, region, scope);
}

function patchOperation(raw: JsonObject, key: string, value: JsonValue): JsonObject {
  // RFC 6901 §3: ~ and / are escaped in a pointer.
  const path = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  if (value === null) {
    return { op: "remove", path };
  }
  return { op: Object.hasOwn(raw, key) ? "replace" : "add", path, value };
}
