import { randomBytes } from "node:crypto";
import type { JsonObject, JsonValue } from "../cloud/json.ts";

/** What Oaktree writes on floating IPs for itself begins so. */
const prefix = "oaktree:";

/** How far the clocks of two Oaktrees may differ; a tag counts for so much longer than it says. */
export const clockSkewMs = 30_000;

/** A tag that says to count for longer than this was not written by an Oaktree. */
const longestMs = 60 * 60 * 1000;

/**
 * `claim`: somebody attaches or deletes the address right now. `hold`: it was given to
 * somebody who will attach it.
 */
export type TagKind = "claim" | "hold";

/** A new tag, which no other call has: `oaktree:claim:<end, seconds since 1970>:<random>`. */
export function writeTag(kind: TagKind, untilMs: number): string {
  // Tags of Neutron had 60 characters at most before Stein.
  return `${prefix}${kind}:${Math.ceil(untilMs / 1000)}:${randomBytes(9).toString("base64url")}`;
}

/** Oaktree's tags on a floating IP: those that count now, by kind, and those that do no longer. */
export function readTags(
  raw: JsonObject,
  nowMs: number,
): Readonly<Record<TagKind | "expired", readonly string[]>> {
  const found = { claim: [] as string[], hold: [] as string[], expired: [] as string[] };
  for (const tag of ownTags(raw)) {
    const [, kind, until] = /^oaktree:(claim|hold):(\d+):/.exec(tag) ?? [];
    const leftMs = Number(until) * 1000 + clockSkewMs - nowMs;
    const counts = leftMs > 0 && leftMs < longestMs + 2 * clockSkewMs;
    if (kind !== undefined) {
      found[counts ? (kind as TagKind) : "expired"].push(tag);
    }
  }
  return found;
}

/** The `prepare` hook of floating IPs: Oaktree's tags are none of the user's. */
export function prepareFloatingIp(raw: JsonObject): JsonObject {
  const own: readonly JsonValue[] = ownTags(raw);
  return own.length === 0 || !Array.isArray(raw.tags)
    ? raw
    : { ...raw, tags: raw.tags.filter((tag) => !own.includes(tag)) };
}

function ownTags({ tags }: JsonObject): string[] {
  return Array.isArray(tags)
    ? tags.filter((tag): tag is string => typeof tag === "string" && tag.startsWith(prefix))
    : [];
}
