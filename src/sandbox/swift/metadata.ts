import type { IncomingHttpHeaders } from "node:http";
import { bad, headerText, SwiftError } from "./call.ts";

/** Limits that `/info` tells (swift/common/constraints.py). */
export const limits = {
  max_file_size: 5_368_709_122,
  max_meta_name_length: 128,
  max_meta_value_length: 256,
  max_meta_count: 90,
  max_meta_overall_size: 4096,
  max_header_size: 8192,
  max_object_name_length: 1024,
  container_listing_limit: 10_000,
  account_listing_limit: 10_000,
  max_account_name_length: 256,
  max_container_name_length: 256,
};

/** What metadata is of. */
export type Kind = "account" | "container" | "object";

/** The metadata headers of a request. @throws SwiftError 400 beyond the limits. */
export function metadata(headers: IncomingHttpHeaders, kind: Kind): Map<string, string> {
  const prefix = `x-${kind}-meta-`;
  const found = new Map<string, string>();
  let size = 0;
  for (const [name, value] of Object.entries(headers)) {
    const text = String(value);
    if (text.length > limits.max_header_size) {
      throw bad(`Header value too long: ${titled(name).slice(0, limits.max_meta_name_length)}`);
    }
    if (!name.startsWith(prefix)) {
      continue;
    }
    const key = name.slice(prefix.length);
    size += key.length + text.length;
    found.set(name, text);
    if (key === "") {
      throw bad("Metadata name cannot be empty");
    }
    if (kind !== "object" && headerText(text).includes("\ufffd")) {
      throw bad("Metadata must be valid UTF-8");
    }
    if (key.length > limits.max_meta_name_length) {
      throw bad(`Metadata name too long: ${prefix}${titled(key)}`);
    }
    if (text.length > limits.max_meta_value_length) {
      throw bad(`Metadata value longer than ${limits.max_meta_value_length}: ${prefix}${titled(key)}`);
    }
    if (found.size > limits.max_meta_count) {
      throw bad(`Too many metadata items; max ${limits.max_meta_count}`);
    }
    if (size > limits.max_meta_overall_size) {
      throw bad(`Total metadata too large; max ${limits.max_meta_overall_size}`);
    }
  }
  return found;
}

/**
 * Merges a request's headers into those of an account or a container: an empty
 * value or `x-remove-` takes one away. The whole keeps to the limits too.
 */
export function merge(
  kept: Map<string, string>,
  headers: IncomingHttpHeaders,
  kind: "account" | "container",
  others: ReadonlyMap<string, string> = new Map(),
): void {
  const merged = new Map(kept);
  const changes = new Map([...metadata(headers, kind), ...others]);
  for (const name of Object.keys(headers)) {
    const [, removed] = /^x-remove-(account-meta-.+|container-(?:meta-.+|read|write))$/.exec(name) ?? [];
    if (removed?.startsWith(kind)) {
      changes.set(`x-${removed}`, "");
    }
  }
  for (const [name, value] of changes) {
    if (value === "") {
      merged.delete(name);
    } else {
      merged.set(name, value);
    }
  }
  metadata(Object.fromEntries(merged), kind);
  kept.clear();
  for (const [name, value] of merged) {
    kept.set(name, value);
  }
}

/** Headers that an object keeps beside its metadata (swift/obj/server.py, allowed_headers). */
const kept = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "expires",
  "x-object-manifest",
  "x-robots-tag",
];

/** All that an object keeps of the headers of a PUT or POST. @throws SwiftError 400. */
export function objectHeaders(headers: IncomingHttpHeaders): Map<string, string> {
  const found = metadata(headers, "object");
  for (const name of kept) {
    const value = headers[name];
    if (value !== undefined) {
      found.set(name, String(value));
    }
  }
  const manifest = found.get("x-object-manifest");
  if (manifest !== undefined && !/^[^/?&]+\/[^/?&][^?&]*$/.test(manifest)) {
    throw new SwiftError(400, "X-Object-Manifest must be in the format container/prefix");
  }
  return found;
}

/** When an object goes away, by X-Delete-After or X-Delete-At. @throws SwiftError 400. */
export function deleteAt(headers: IncomingHttpHeaders, now: number): number | undefined {
  const seconds = now / 1000;
  const after = headers["x-delete-after"];
  if (after !== undefined) {
    if (!/^[+-]?\d+$/.test(String(after))) {
      throw bad("Non-integer X-Delete-After");
    }
    const at = Math.floor(seconds + Number(after));
    if (at <= seconds) {
      throw bad("X-Delete-After in past");
    }
    return Math.min(at, 9_999_999_999);
  }
  const at = headers["x-delete-at"];
  if (at === undefined) {
    return undefined;
  }
  if (!/^[+-]?\d+$/.test(String(at))) {
    throw bad("Non-integer X-Delete-At");
  }
  if (Number(at) <= seconds) {
    throw bad("X-Delete-At in past");
  }
  return Math.min(Number(at), 9_999_999_999);
}

/** A header's name as WSGI servers give it back. */
function titled(name: string): string {
  return name.replaceAll(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}
