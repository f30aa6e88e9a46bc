import { createHash } from "node:crypto";
import { header, type Reply } from "../core/http.ts";
import { authorize } from "./access.ts";
import { answer, findContainer, lastModified, type SwiftCall, SwiftError, timestamp } from "./call.ts";
import { type Body, bodyOf, joined, ranged } from "./ranges.ts";
import { objectOf, objectsOf, type StoredObject } from "./state.ts";
import { rawManifest, segmentsBody } from "./static-large-objects.ts";

/** What GET and HEAD show of an object. */
interface Shown {
  readonly body: Body;
  readonly etag: string;
  readonly headers: Record<string, string>;
}

/** GET and HEAD of an object: its bytes, or those that its manifest names. */
export function read(call: SwiftCall): Reply {
  const container = findContainer(call);
  authorize(call, container?.headers.get("x-container-read"));
  const object = objectOf(call.state, container, call.object);
  if (object === undefined) {
    throw new SwiftError(404);
  }
  const { body, etag, headers } = shown(call, object);
  const { request } = call;
  const unquoted = etag.replaceAll('"', "");
  const common = {
    etag,
    "last-modified": lastModified(object.changedAt),
    "x-timestamp": timestamp(object.changedAt),
  };
  const all = { ...headers, ...common, "accept-ranges": "bytes" };
  const state = condition(request.headers, unquoted, Math.ceil(object.changedAt / 1000));
  if (state === 412) {
    const own = Object.entries(headers).filter(([name]) => name.startsWith("x-object-"));
    return answer(412, "", { ...Object.fromEntries(own), ...common });
  }
  if (state === 304) {
    return { status: 304, headers: all };
  }
  if (request.method === "HEAD") {
    return { status: 200, headers: { ...all, "content-length": String(body.size) } };
  }
  return ranged(body, header(request.headers, "range"), all);
}

/** What the conditions of a request say: 304, 412, or nothing in its way. */
function condition(headers: Record<string, unknown>, etag: string, seconds: number): number | undefined {
  const tags = (name: string) => {
    const value = headers[name];
    return value === undefined
      ? undefined
      : String(value)
          .split(",")
          .map((tag) => tag.trim().replaceAll('"', ""));
  };
  const time = (name: string) => {
    const value = Date.parse(String(headers[name]));
    return Number.isNaN(value) ? undefined : value / 1000;
  };
  const match = tags("if-match");
  if (match !== undefined && !match.includes(etag) && !match.includes("*")) {
    return 412;
  }
  const none = tags("if-none-match");
  if (none !== undefined && (none.includes(etag) || none.includes("*"))) {
    return 304;
  }
  const since = time("if-modified-since");
  if (since !== undefined && seconds <= since) {
    return 304;
  }
  const unmodified = time("if-unmodified-since");
  return unmodified !== undefined && seconds > unmodified ? 412 : undefined;
}

function shown(call: SwiftCall, object: StoredObject): Shown {
  const { large, contentType, deleteAt } = object;
  const headers: Record<string, string> = {
    "content-type": contentType,
    ...Object.fromEntries(object.headers),
    ...(deleteAt === undefined ? {} : { "x-delete-at": String(deleteAt) }),
    ...(large === undefined ? {} : { "x-static-large-object": "True" }),
  };
  const { query } = call.request;
  const asIs = query.get("multipart-manifest") === "get";
  if (large !== undefined && asIs) {
    if (query.get("format") === "raw") {
      const raw = rawManifest(large);
      return { body: bodyOf([raw]), etag: createHash("md5").update(raw).digest("hex"), headers };
    }
    headers["content-type"] = "application/json; charset=utf-8";
  } else if (large !== undefined) {
    headers["x-manifest-etag"] = object.etag;
    const body = segmentsBody(call, large);
    return { body, etag: `"${large.etag}"`, headers };
  }
  const manifest = object.headers.get("x-object-manifest");
  return manifest === undefined || asIs
    ? { body: bodyOf(object.bytes), etag: object.etag, headers }
    : dynamic(call, manifest, headers);
}

/** A dynamic large object: all objects of a container whose names begin with a prefix. */
function dynamic(call: SwiftCall, manifest: string, headers: Record<string, string>): Shown {
  const [, name = "", prefix = ""] = /^([^/]*)\/(.*)$/s.exec(decodeURIComponent(manifest)) ?? [];
  const container = findContainer(call, name);
  authorize({ ...call, container: name, object: "" }, container?.headers.get("x-container-read"));
  if (container === undefined) {
    throw new SwiftError(404);
  }
  const parts = objectsOf(call.state, container)
    .filter((each) => each.name.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const etag = createHash("md5")
    .update(parts.map((each) => each.etag).join(""))
    .digest("hex");
  return { body: joined(parts.map(({ bytes }) => bodyOf(bytes))), etag: `"${etag}"`, headers };
}
