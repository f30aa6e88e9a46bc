import { createHash } from "node:crypto";
import type { JsonObject } from "../../cloud/json.ts";
import { BodyTooLarge, header } from "../core/http.ts";
import { authorize } from "./access.ts";
import { report } from "./bulk-report.ts";
import { findContainer, quoted, type SwiftCall, SwiftError } from "./call.ts";
import { acceptable, asciiJson } from "./listing.ts";
import { type Body, bodyOf, joined, rangesIn } from "./ranges.ts";
import { parseManifest, type Wanted } from "./slo-input.ts";
import { type LargeObject, objectOf, type Segment, type StoredObject } from "./state.ts";

/** Limits that `/info` tells (swift/common/middleware/slo.py). */
export const sloLimits = { max_manifest_segments: 1000, max_manifest_size: 8 * 1024 * 1024 };

/** Static large objects that hold static large objects go so deep. */
const maxDepth = 10;

/** The manifest of a PUT, checked against the segments that it names. @throws SwiftError 400, 413. */
export async function manifestOf(call: SwiftCall): Promise<{ large: LargeObject; bytes: Buffer }> {
  const { max_manifest_segments: most, max_manifest_size: largest } = sloLimits;
  if (Number(header(call.request.headers, "content-length") ?? 0) > largest) {
    throw new SwiftError(413, `Manifest File > ${largest} bytes`);
  }
  const body = await call.request.body(largest).catch((error: unknown) => {
    throw error instanceof BodyTooLarge ? new SwiftError(413, `Manifest File > ${largest} bytes`) : error;
  });
  const wanted = parseManifest(body, `/${call.container}/${call.object}`);
  if (wanted.filter((each) => "path" in each).length > most) {
    throw new SwiftError(413, `Number of object-backed segments must be <= ${most}`);
  }
  const problems: [string, string][] = [];
  const segments = wanted.map((each, index) => segment(call, each, index === wanted.length - 1, problems));
  if (problems.length > 0) {
    const type = acceptable(header(call.request.headers, "accept"), [
      "text/plain",
      "application/json",
      "application/xml",
      "text/xml",
    ]);
    throw new Problems(type ?? "text/plain", problems);
  }
  const found = segments.filter((each) => each !== undefined);
  const etag = createHash("md5");
  let size = 0;
  for (const each of found) {
    etag.update(
      "data" in each
        ? createHash("md5").update(Buffer.from(each.data, "base64")).digest("hex")
        : each.range === undefined
          ? each.hash
          : `${each.hash}:${each.range};`,
    );
    size += lengthOf(each);
  }
  const bytes = Buffer.from(asciiJson(found).replaceAll('","', '", "').replaceAll('":', '": '));
  return { large: { segments: found, etag: etag.digest("hex"), size }, bytes };
}

/** A 400 that tells what is wrong with which segment. */
class Problems extends SwiftError {
  constructor(type: string, problems: [string, string][]) {
    super(400, report(type, {}, problems), { "content-type": type });
  }
}

function segment(
  call: SwiftCall,
  wanted: Wanted,
  isLast: boolean,
  problems: [string, string][],
): Segment | undefined {
  if ("data" in wanted) {
    return wanted;
  }
  const path = wanted.path.replace(/^\/+/, "");
  const object = find(call, path);
  if (typeof object === "number") {
    problems.push([quoted(wanted.path), object === 404 ? "404 Not Found" : `${object} Forbidden`]);
    return undefined;
  }
  const size = object.large?.size ?? object.size;
  const etag = object.large?.etag ?? object.etag;
  const [range, ...more] = wanted.range === undefined ? [] : (rangesIn(`bytes=${wanted.range}`, size) ?? []);
  const length = range === undefined ? size : range[1] - range[0];
  if (wanted.range !== undefined && (range === undefined || more.length > 0)) {
    problems.push([quoted(wanted.path), "Unsatisfiable Range"]);
  }
  if (length < 1 && !isLast) {
    problems.push([quoted(wanted.path), "Too small; each segment must be at least 1 byte."]);
  }
  if (wanted.size !== undefined && wanted.size !== size) {
    problems.push([quoted(wanted.path), "Size Mismatch"]);
  }
  if (wanted.etag !== undefined && wanted.etag !== etag) {
    problems.push([quoted(wanted.path), "Etag Mismatch"]);
  }
  const seconds = new Date(Math.ceil(object.changedAt / 1000) * 1000).toISOString().slice(0, 19);
  return {
    name: `/${path}`,
    bytes: size,
    hash: etag,
    content_type: object.contentType,
    last_modified: `${seconds}.000000`,
    ...(range === undefined || length === size ? {} : { range: `${range[0]}-${range[1] - 1}` }),
    ...(object.large === undefined ? {} : { sub_slo: true as const }),
  };
}

/** The object of `container/object`, or the status that one gets for it. */
function find(call: SwiftCall, path: string): StoredObject | number {
  const [, container = "", object = ""] = /^([^/]*)\/(.*)$/s.exec(path) ?? [];
  const there = findContainer(call, container);
  try {
    authorize({ ...call, container, object }, there?.headers.get("x-container-read"));
  } catch (error) {
    return error instanceof SwiftError ? error.reply.status : 500;
  }
  return objectOf(call.state, there, object) ?? 404;
}

function lengthOf(segment: Segment): number {
  if ("data" in segment) {
    return Buffer.from(segment.data, "base64").length;
  }
  const [from, to] = (segment.range ?? "").split("-");
  return from === undefined || to === undefined ? segment.bytes : Number(to) - Number(from) + 1;
}

/**
 * The bytes of a static large object. A segment that is gone or has changed is a
 * 409 here, before anything is sent; Swift finds later ones while it sends, and cuts.
 */
export function segmentsBody(call: SwiftCall, large: LargeObject, depth = 1): Body {
  if (call.request.method === "HEAD") {
    return { size: large.size, slice: () => [] };
  }
  if (depth > maxDepth) {
    throw new SwiftError(409);
  }
  return joined(
    large.segments.map((each) => {
      if ("data" in each) {
        return bodyOf([Buffer.from(each.data, "base64")]);
      }
      const object = find(call, each.name.slice(1));
      if (typeof object === "number" || (object.large?.etag ?? object.etag) !== each.hash) {
        throw new SwiftError(409);
      }
      const body =
        object.large === undefined ? bodyOf(object.bytes) : segmentsBody(call, object.large, depth + 1);
      const [from, to] = (each.range ?? `0-${each.bytes - 1}`).split("-").map(Number) as [number, number];
      return {
        size: to - from + 1,
        slice: (start, end) => body.slice(from + start, from + end),
      };
    }),
  );
}

/** The manifest in the form in which it is put. */
export function rawManifest({ segments }: LargeObject): Buffer {
  const list = segments.map((each): JsonObject => {
    if ("data" in each) {
      return { data: each.data };
    }
    const { name, bytes, hash, range } = each;
    return { etag: hash, path: name, ...(range === undefined ? {} : { range }), size_bytes: bytes };
  });
  return Buffer.from(asciiJson(list));
}
