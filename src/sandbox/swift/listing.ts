import type { JsonObject } from "../../cloud/json.ts";
import { header, type Reply } from "../core/http.ts";
import { isTrue, type SwiftCall, SwiftError } from "./call.ts";

/** What the names of a listing are picked by. */
interface Pick {
  readonly limit: number;
  readonly marker: string;
  readonly end: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly reverse: boolean;
}

/** An item of a listing, or a rolled up prefix. */
export type Listed<Item> = { readonly item: Item } | { readonly subdir: string };

/** One page of the items: sorted by the bytes of their names, prefixes rolled up at the delimiter. */
export function picked<Item extends { readonly name: string }>(
  call: SwiftCall,
  items: readonly Item[],
  most: number,
): Listed<Item>[] {
  const pick = wanted(call, most);
  const from = pick.reverse ? pick.end : pick.marker;
  const to = pick.reverse ? pick.marker : pick.end;
  const sorted = items
    .filter(
      ({ name }) =>
        name.startsWith(pick.prefix) &&
        (from === "" || byBytes(name, from) > 0) &&
        (to === "" || byBytes(name, to) < 0),
    )
    .sort((a, b) => byBytes(a.name, b.name));
  const found: Listed<Item>[] = [];
  let last: string | undefined;
  for (const item of pick.reverse ? sorted.reverse() : sorted) {
    if (found.length >= pick.limit) {
      break;
    }
    const at = pick.delimiter === "" ? -1 : item.name.indexOf(pick.delimiter, pick.prefix.length);
    if (at < 0) {
      found.push({ item });
      continue;
    }
    const subdir = item.name.slice(0, at + pick.delimiter.length);
    // `path` is the old way to ask, and shows no folders.
    if (call.request.query.has("path")) {
      continue;
    }
    // A marker that is a rolled up name is the client's place after all of it.
    if (subdir !== last && subdir !== pick.marker) {
      found.push({ subdir });
      last = subdir;
    }
  }
  return found;
}

function wanted({ request }: SwiftCall, most: number): Pick {
  const { query } = request;
  const given = query.get("limit") ?? "";
  const limit = /^\d+$/.test(given) ? Number(given) : most;
  if (limit > most) {
    throw new SwiftError(412, `Maximum limit is ${most}`);
  }
  const path = query.get("path");
  return {
    limit,
    marker: query.get("marker") ?? "",
    end: query.get("end_marker") ?? "",
    prefix: path === null ? (query.get("prefix") ?? "") : path === "" ? "" : `${path.replace(/\/$/, "")}/`,
    delimiter: path === null ? (query.get("delimiter") ?? "") : "/",
    reverse: isTrue(query.get("reverse")),
  };
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const types = ["text/plain", "application/json", "application/xml", "text/xml"];

/** The type of a listing by `format` or the Accept header. @throws SwiftError 406. */
export function listingType({ request }: SwiftCall): string {
  const format = request.query.get("format");
  if (format !== null && format !== "") {
    const known: Record<string, string> = { json: "application/json", xml: "application/xml" };
    return known[format.toLowerCase()] ?? "text/plain";
  }
  const type = acceptable(header(request.headers, "accept"), types);
  if (type === undefined) {
    throw new SwiftError(406);
  }
  return type;
}

/** The first of the types that an Accept header takes, its best one first. */
export function acceptable(accept: string | undefined, types: readonly string[]): string | undefined {
  if (accept === undefined || accept.trim() === "") {
    return types[0];
  }
  const ranges = accept
    .split(",")
    .map((part) => {
      const [range = "", ...parameters] = part.split(";").map((word) => word.trim());
      const quality = parameters.find((word) => word.startsWith("q="))?.slice(2);
      return { range, quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  for (const { range } of ranges) {
    const type = types.find(
      (each) => range === "*/*" || range === "*" || range === each || range === `${each.split("/")[0]}/*`,
    );
    if (type !== undefined) {
      return type;
    }
  }
  return undefined;
}

/** A listing in its type. `root` opens the XML document. */
export function listing(
  call: SwiftCall,
  items: readonly JsonObject[],
  headers: Record<string, string>,
  root: { tag: "account" | "container"; item: "container" | "object" },
): Reply {
  const type = listingType(call);
  const vary: Record<string, string> = call.request.query.has("format") ? {} : { vary: "Accept" };
  const all = { ...headers, ...vary, "content-type": `${type}; charset=utf-8` };
  if (call.request.method === "HEAD") {
    return {
      status: root.tag === "account" && headers["accept-ranges"] === undefined ? 200 : 204,
      headers: all,
    };
  }
  if (type === "application/json") {
    return { status: 200, headers: all, text: asciiJson(items) };
  }
  if (type !== "text/plain") {
    return { status: 200, headers: all, text: xml(call, items, root) };
  }
  const text = items.map((item) => `${item.name ?? item.subdir}\n`).join("");
  return { status: text === "" ? 204 : 200, headers: all, text };
}

/** JSON as Python's json.dumps writes it: all but ASCII escaped. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function xml(
  call: SwiftCall,
  items: readonly JsonObject[],
  { tag, item }: Parameters<typeof listing>[3],
): string {
  const lines = items.map((each) => {
    if (each.subdir !== undefined) {
      const name = tag === "container" ? `<name>${escaped(each.subdir)}</name>` : "";
      return `<subdir name="${escaped(each.subdir)}">${name}</subdir>`;
    }
    const order = tag === "account" ? ["name", "count", "bytes"] : ["name", "hash", "bytes", "content_type"];
    const fields = [...order, "last_modified"].map((key) => `<${key}>${escaped(each[key])}</${key}>`);
    return `<${item}>${fields.join("")}</${item}>`;
  });
  const end = tag === "account" ? "\n" : "";
  const name = escaped(tag === "account" ? call.account : call.container);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${tag} name="${name}">${end}${lines.map((line) => line + end).join("")}</${tag}>`;
}

function escaped(value: unknown): string {
  return String(value)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
