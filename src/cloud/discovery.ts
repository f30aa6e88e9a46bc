import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { compareVersions, type MicroversionRange } from "./microversion.ts";

/** An endpoint's URL taken apart: origin + prefix + /version + suffix. */
export interface EndpointUrl {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path before the version, such as `/compute`; without a slash at its end. */
  readonly prefix: string;
  /** The version's segment, such as `v2.1`. Empty for an unversioned URL. */
  readonly version: string;
  /** Path after the version: the project id on older clouds. */
  readonly suffix: string;
}

/** Takes an endpoint's URL apart. Undefined for what is not an http URL. */
export function parseEndpoint(url: string): EndpointUrl | undefined {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    return undefined;
  }
  const { origin, pathname } = new URL(url);
  const segments = pathname.split("/").filter(Boolean);
  const at = segments.findLastIndex((segment) => /^v\d+(\.\d+)?$/.test(segment));
  const joined = (parts: string[]): string => parts.map((part) => `/${part}`).join("");
  return at < 0
    ? { origin, prefix: joined(segments), version: "", suffix: "" }
    : {
        origin,
        prefix: joined(segments.slice(0, at)),
        version: segments[at] ?? "",
        suffix: joined(segments.slice(at + 1)),
      };
}

/** One version out of a version document. */
export interface Version {
  /** `2.1` of `v2.1`. */
  readonly id: string;
  /** The version's path segment. Empty where its link has none, as Placement's. */
  readonly segment: string;
  /** Microversions, where it has some. */
  readonly range: MicroversionRange | undefined;
}

/**
 * Reads a version document in each of its forms: `versions` (a list, or Keystone's
 * `values`) of an unversioned endpoint, or `version` of a versioned one.
 */
export function parseVersions(document: JsonValue | undefined): Version[] {
  if (!isObject(document)) {
    return [];
  }
  const { versions, version } = document;
  const list = isObject(versions) ? versions.values : versions;
  const entries = Array.isArray(list) ? list : [version ?? document];
  return entries.flatMap((entry) => {
    const id = isObject(entry) ? entry.id : undefined;
    if (!isObject(entry) || typeof id !== "string" || !/^v?\d+(\.\d+)*$/.test(id)) {
      return [];
    }
    return [{ id: id.replace(/^v/, ""), segment: segmentOf(entry), range: rangeOf(entry) }];
  });
}

/** The highest of the versions with this major number. */
export function bestVersion(versions: readonly Version[], major: number): Version | undefined {
  return versions
    .filter((version) => Number.parseInt(version.id, 10) === major)
    .sort((one, other) => compareVersions(other.id, one.id))[0];
}

/**
 * The segment of the version's own link. Nothing else of the link counts: behind a
 * proxy its scheme, host and path prefix are often those of the inside.
 */
function segmentOf(entry: JsonObject): string {
  const links = Array.isArray(entry.links) ? entry.links : [];
  const self = links.find((link) => isObject(link) && link.rel === "self");
  const href = isObject(self) ? self.href : undefined;
  return typeof href === "string" ? (/\/(v\d+(?:\.\d+)?)\/*$/.exec(href)?.[1] ?? "") : "";
}

function rangeOf(entry: JsonObject): MicroversionRange | undefined {
  const max = entry.max_version || entry.version;
  const min = entry.min_version;
  const isVersion = (text: unknown): text is string => typeof text === "string" && /^\d+\.\d+$/.test(text);
  return isVersion(max) && isVersion(min) ? { min, max } : undefined;
}
