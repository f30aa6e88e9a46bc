import type { IncomingHttpHeaders } from "node:http";
import { header } from "../core/http.ts";
import { isTrue } from "./call.ts";

/** Some of the types that Python's mimetypes knows; the rest are bytes. */
const types: Readonly<Record<string, string>> = {
  css: "text/css",
  csv: "text/csv",
  gif: "image/gif",
  htm: "text/html",
  html: "text/html",
  jpg: "image/jpeg",
  js: "application/javascript",
  json: "application/json",
  pdf: "application/pdf",
  png: "image/png",
  tar: "application/x-tar",
  txt: "text/plain",
  xml: "application/xml",
  zip: "application/zip",
};

/** The type of an object: what the client says, or what the name's ending tells. */
export function contentType(headers: IncomingHttpHeaders, name: string): string {
  const given = header(headers, "content-type");
  if (given !== undefined && given !== "" && !isTrue(header(headers, "x-detect-content-type"))) {
    return given;
  }
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  return (Object.hasOwn(types, ending) ? types[ending] : undefined) ?? "application/octet-stream";
}
