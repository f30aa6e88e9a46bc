import type { JsonObject } from "../cloud/json.ts";
import type { RestAnswer } from "../cloud/region.ts";

// Swift keeps all but names and bytes in headers. Here they become objects with
// the keys that its lists have, so that the schema describes both.

type Headers = RestAnswer["headers"];

/** Headers about the answer, not about the thing. */
const transport = new Set([
  "accept-ranges",
  "connection",
  "content-length",
  "content-range",
  "date",
  "etag",
  "keep-alive",
  "last-modified",
  "server",
  "transfer-encoding",
  "vary",
  "x-openstack-request-id",
  "x-timestamp",
  "x-trans-id",
]);

const containerKeys: Readonly<Record<string, string>> = {
  "x-container-object-count": "count",
  "x-container-bytes-used": "bytes",
  "x-container-read": "read_acl",
  "x-container-write": "write_acl",
  "x-storage-policy": "storage_policy",
};

/** The container that the headers of a HEAD describe. */
export function containerOf(name: string, headers: Headers): JsonObject {
  const { "content-type": _, ...own } = headers;
  return { name, ...timeOf(headers), ...read(own, "x-container-meta-", containerKeys) };
}

/** The object that the headers of a HEAD or GET describe. */
export function objectOf(name: string, headers: Headers): JsonObject {
  const { "x-delete-at": deleteAt, "x-static-large-object": slo, ...own } = headers;
  const total = /\/(\d+)$/.exec(text(headers["content-range"]))?.[1] ?? headers["content-length"];
  return {
    name,
    ...timeOf(headers),
    ...(total === undefined ? {} : { bytes: text(total) }),
    ...(headers.etag === undefined ? {} : { hash: text(headers.etag).replaceAll('"', "") }),
    ...timeField("delete_at", Number(text(deleteAt) || Number.NaN) * 1000),
    is_large: slo !== undefined || headers["x-object-manifest"] !== undefined,
    ...read(own, "x-object-meta-", { "content-type": "content_type" }),
  };
}

/** Metadata as headers: what is to be set, and what is to go. */
export function metadataHeaders(
  kind: "Container" | "Object",
  set: Readonly<Record<string, string>>,
  remove: readonly string[] = [],
): Record<string, string> {
  const prefix = kind.toLowerCase();
  return Object.fromEntries([
    ...remove.map((key) => [`x-remove-${prefix}-meta-${key.toLowerCase()}`, "x"]),
    ...Object.entries(set).map(([key, value]) => [`x-${prefix}-meta-${key.toLowerCase()}`, sent(value)]),
  ]);
}

/** A value for a header: UTF-8, which HTTP libraries take byte by byte. */
export function sent(value: string): string {
  return Buffer.from(value, "utf8").toString("latin1");
}

function read(headers: Headers, prefix: string, keys: Readonly<Record<string, string>>): JsonObject {
  const metadata: JsonObject = {};
  const rest: JsonObject = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(prefix)) {
      metadata[name.slice(prefix.length)] = text(value);
    } else if (!transport.has(name)) {
      rest[keys[name] ?? name] = text(value);
    }
  }
  return { ...rest, metadata };
}

function timeOf(headers: Headers): JsonObject {
  return timeField("last_modified", Date.parse(text(headers["last-modified"])));
}

/** Left out where the header holds no time. */
function timeField(name: string, ms: number): JsonObject {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? {} : { [name]: date.toISOString() };
}

/** Header values come byte by byte; what is not UTF-8 stays as it is. */
function text(value: string | string[] | undefined): string {
  const bytes = Array.isArray(value) ? value.join(", ") : (value ?? "");
  const decoded = Buffer.from(bytes, "latin1").toString("utf8");
  return decoded.includes("\ufffd") ? bytes : decoded;
}
