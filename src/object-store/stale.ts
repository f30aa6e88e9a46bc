import type { StorageObject } from "../gen/oaktree/v1/object_store_pb.js";

/** Digests in hex, as far as they are known; empty where not. */
export interface KnownDigests {
  /** MD5. */
  readonly md5: string;
  /** SHA-256. */
  readonly sha256: string;
}

/** Keys under which clients keep digests as metadata, today's first: openstacksdk and Oaktree, shade. */
const keys = {
  md5: ["x-sdk-md5", "x-shade-md5"],
  sha256: ["x-sdk-sha256", "x-shade-sha256"],
} as const;

/**
 * Whether an object has the bytes with these digests: it has if one of them agrees
 * and none differs. Undefined when there is nothing to compare.
 */
export function agreement(object: StorageObject, wanted: KnownDigests): boolean | undefined {
  const etag = !object.isLarge && /^[0-9a-f]{32}$/.test(object.etag) ? object.etag : undefined;
  const kept = {
    // Swift's own digest is of the bytes as they are now; metadata can be older.
    md5: etag ?? first(object, keys.md5),
    sha256: first(object, keys.sha256),
  };
  const compared = (["md5", "sha256"] as const)
    .filter((name) => wanted[name] !== "" && kept[name] !== undefined)
    .map((name) => wanted[name].toLowerCase() === kept[name]?.toLowerCase());
  return compared.length === 0 ? undefined : compared.every(Boolean);
}

/** The digests as metadata that openstacksdk looks for. */
export function digestMetadata({ md5, sha256 }: KnownDigests): Record<string, string> {
  return {
    ...(md5 === "" ? {} : { "x-sdk-md5": md5.toLowerCase() }),
    ...(sha256 === "" ? {} : { "x-sdk-sha256": sha256.toLowerCase() }),
  };
}

function first(object: StorageObject, names: readonly string[]): string | undefined {
  return names.map((name) => object.metadata[name]).find((value) => value !== undefined && value !== "");
}
