import { isObject, type JsonObject } from "../../cloud/json.ts";
import { SwiftError } from "./call.ts";

/** A segment as the client wants it. */
export type Wanted =
  | { readonly data: string }
  | {
      readonly path: string;
      readonly etag: string | undefined;
      readonly size: number | undefined;
      readonly range: string | undefined;
    };

/** Reads the body of a manifest's PUT. `self` is the path that it is put to. @throws SwiftError 400. */
export function parseManifest(body: Buffer, self: string): Wanted[] {
  let list: unknown;
  try {
    list = JSON.parse(body.toString());
  } catch {
    throw new SwiftError(400, "Manifest must be valid JSON.\n");
  }
  if (!Array.isArray(list)) {
    throw new SwiftError(400, "Manifest must be a list.\n");
  }
  const errors: string[] = [];
  const wanted = list.map((each, index) => {
    const problem = isObject(each) ? problemOf(each, index === list.length - 1, self) : "not a JSON object";
    if (problem !== undefined) {
      errors.push(`Index ${index}: ${problem}`);
    }
    return problem === undefined && isObject(each) ? read(each) : undefined;
  });
  if (errors.length > 0) {
    throw new SwiftError(400, errors.map((each) => `${each}\n`).join(""));
  }
  return wanted.filter((each) => each !== undefined);
}

function read(each: JsonObject): Wanted {
  if (typeof each.data === "string") {
    return { data: Buffer.from(each.data, "base64").toString("base64") };
  }
  return {
    path: String(each.path),
    etag: typeof each.etag === "string" ? each.etag : undefined,
    size: each.size_bytes === undefined || each.size_bytes === null ? undefined : Number(each.size_bytes),
    range: typeof each.range === "string" && each.range !== "" ? each.range : undefined,
  };
}

function problemOf(each: JsonObject, isLast: boolean, self: string): string | undefined {
  const kind = "data" in each ? "data" : "path";
  if (!(kind in each)) {
    return "expected keys to include one of b'data' or b'path'";
  }
  const known = kind === "data" ? ["data"] : ["path", "range", "etag", "size_bytes"];
  const extra = Object.keys(each).filter((key) => !known.includes(key));
  if (extra.length > 0) {
    return `extraneous keys ${extra
      .sort()
      .map((key) => JSON.stringify(key))
      .join(", ")}`;
  }
  return kind === "data" ? dataProblem(each.data) : pathProblem(each, isLast, self);
}

function dataProblem(data: unknown): string | undefined {
  if (typeof data !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(data) || data.length % 4 !== 0) {
    return "data must be valid base64";
  }
  return data === "" ? tooSmall : undefined;
}

const tooSmall = "too small; each segment must be at least 1 byte.";

function pathProblem(each: JsonObject, isLast: boolean, self: string): string | undefined {
  const { path, etag, size_bytes: size, range } = each;
  if (typeof path !== "string") {
    return '"path" must be a string';
  }
  if (etag !== undefined && etag !== null && typeof etag !== "string") {
    return '"etag" must be a string or null (if provided)';
  }
  if (!path.replaceAll(/^\/+|\/+$/g, "").includes("/")) {
    return "path does not refer to an object. Path must be of the form /container/object.";
  }
  if (size !== undefined && size !== null) {
    if (!/^\s*[+-]?\d+\s*$/.test(String(size))) {
      return "invalid size_bytes";
    }
    if (Number(size) < 1 && !isLast) {
      return tooSmall;
    }
  }
  if (`/${path.replace(/^\/+/, "")}` === self) {
    return "manifest must not include itself as a segment";
  }
  if (typeof range === "string" && range !== "") {
    if (range.includes(",")) {
      return "multiple ranges (only one allowed)";
    }
    const [, from, to] = /^(\d*)-(\d*)$/.exec(range) ?? [];
    if (
      from === undefined ||
      to === undefined ||
      from + to === "" ||
      (from !== "" && to !== "" && +to < +from)
    ) {
      return "invalid range";
    }
  }
  return undefined;
}
