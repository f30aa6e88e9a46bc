import { createHash } from "node:crypto";
import { Fault } from "../cloud/fault.ts";
import { isObject, type JsonObject, type JsonValue } from "../cloud/json.ts";

/** What Oaktree writes on servers for itself begins so, in tags and in metadata. */
export const markPrefix = "oaktree:";

/** A floating IP that a server is still to be given. */
export interface PendingAddress {
  /** Id of the network to take it from. Absent: the first external one, if the server needs an address at all. */
  readonly pool?: string;
  /** Id of the network on which it ends. Absent: the only or configured one. */
  readonly natDestination?: string;
  /** Whether one that the project has and does not use will do. */
  readonly reuse: boolean;
}

/** Floating IPs of the project that a server is still to be given. */
export interface PendingIps {
  /** Their ids, five at most: so many have room in a metadata value. */
  readonly ids: readonly string[];
  /** Id of the network on which they end. Absent: the only or configured one. */
  readonly natDestination?: string;
}

/** Metadata key of the step that gives floating IPs which the project has. */
export const ipsKey = `${markPrefix}ips`;

/** Writes a step as a metadata value of 255 characters at most. */
export function writeIps({ ids, natDestination }: PendingIps): string {
  return JSON.stringify({ i: ids, ...(natDestination === undefined ? {} : { n: natDestination }) });
}

/** Reads the step from a server's metadata, where anybody may have written it. */
export function readIps(raw: JsonObject): PendingIps | undefined {
  const step = readNote(raw, ipsKey);
  if (step === undefined) {
    return undefined;
  }
  const { i: ids, n: natDestination } = step;
  return {
    ids: Array.isArray(ids) ? ids.filter((id): id is string => typeof id === "string") : [],
    ...(typeof natDestination === "string" ? { natDestination } : {}),
  };
}

/** Metadata key of the step; its value is the step in short JSON, of 255 characters at most. */
export const autoIpKey = `${markPrefix}auto_ip`;

/** Writes a step as a metadata value. */
export function writeAutoIp({ pool, natDestination, reuse }: PendingAddress): string {
  return JSON.stringify({
    ...(pool === undefined ? {} : { p: pool }),
    ...(natDestination === undefined ? {} : { n: natDestination }),
    r: reuse,
  });
}

/**
 * Reads the step from a server's metadata. Whoever may write the server can write
 * this too, so it is a hint that is checked, and acts on that server only.
 */
export function readAutoIp(raw: JsonObject): PendingAddress | undefined {
  const step = readNote(raw, autoIpKey);
  if (step === undefined) {
    return undefined;
  }
  const { p: pool, n: natDestination, r: reuse } = step;
  return {
    reuse: reuse === true,
    ...(typeof pool === "string" ? { pool } : {}),
    ...(typeof natDestination === "string" ? { natDestination } : {}),
  };
}

function readNote(raw: JsonObject, key: string): JsonObject | undefined {
  const text = isObject(raw.metadata) ? raw.metadata[key] : undefined;
  if (typeof text !== "string") {
    return undefined;
  }
  try {
    const step: unknown = JSON.parse(text);
    return isObject(step) ? step : {};
  } catch {
    return {};
  }
}

/** The keys of the steps that are noted on a server. */
export function stepKeys({ metadata }: JsonObject): string[] {
  return [ipsKey, autoIpKey].filter((key) => isObject(metadata) && typeof metadata[key] === "string");
}

/** Nova's object with Oaktree's marks taken out of what is the user's, and shown as `pending_steps`. */
export function withoutMarks(raw: JsonObject): JsonObject {
  const metadata = isObject(raw.metadata) ? raw.metadata : {};
  const marks = Object.keys(metadata).filter((key) => key.startsWith(markPrefix));
  const tags = Array.isArray(raw.tags) ? raw.tags : [];
  const isOwn = (tag: JsonValue) => typeof tag === "string" && tag.startsWith(markPrefix);
  if (marks.length === 0 && !tags.some(isOwn)) {
    return raw;
  }
  const steps = stepKeys(raw).map((key) => key.slice(markPrefix.length));
  return {
    ...raw,
    metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith(markPrefix))),
    ...(Array.isArray(raw.tags) ? { tags: tags.filter((tag) => !isOwn(tag)) } : {}),
    [`${markPrefix}pending_steps`]: steps,
  };
}

/** @throws Fault `INVALID_REQUEST` when a user's metadata or tags could be taken for Oaktree's marks. */
export function refuseMarks(metadata: Readonly<Record<string, string>>, tags: readonly string[]): void {
  for (const [field, names] of [
    ["metadata", Object.keys(metadata)],
    ["tags", tags],
  ] as const) {
    if (names.some((name) => name.startsWith(markPrefix))) {
      const description = `names that begin with ${markPrefix} are Oaktree's own`;
      throw new Fault("INVALID_REQUEST", `${field}: ${description}`, { fields: [{ field, description }] });
    }
  }
}

/** The marks of a call with a `request_id`: which call it was, and what it asked for. */
export interface RequestMarks {
  /** The same for all repeats of the call. */
  readonly call: string;
  /** The same for all calls that ask for the same. */
  readonly content: string;
}

/** Makes the marks; as tags of Nova they may have 60 characters, without `/` and `,`. */
export function requestMarks(requestId: string, request: JsonValue): RequestMarks {
  const digest = (text: string) => createHash("sha256").update(text).digest("base64url").slice(0, 32);
  return {
    call: `${markPrefix}call:${digest(requestId)}`,
    content: `${markPrefix}body:${digest(JSON.stringify(sorted(request)))}`,
  };
}

/** Maps have no order, so two equal requests may come with their keys in another one. */
function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (!isObject(value)) {
    return value;
  }
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
