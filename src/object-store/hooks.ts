import type { JsonObject } from "../cloud/json.ts";

/** Swift lists rolled up names as `{"subdir": "a/"}`. */
export function prepareObject(raw: JsonObject): JsonObject {
  return typeof raw.subdir === "string" ? { name: raw.subdir, is_subdir: true } : raw;
}
