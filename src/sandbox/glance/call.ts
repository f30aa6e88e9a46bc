import type { JsonObject, JsonValue } from "../../cloud/json.ts";
import { isoSeconds } from "../core/clock.ts";
import type { Reply, Request } from "../core/http.ts";
import type { Caller } from "../keystone/identity.ts";
import type { GlanceState, Image } from "./state.ts";

/** How Glance behaves. */
export interface GlanceSettings {
  /** Most items of a page. */
  readonly pageLimit: number;
  /** The only format that images may have; undefined for all. */
  readonly diskFormat: string | undefined;
  /** How long an import takes, in milliseconds. */
  readonly importMs: number;
  /** Reads an object of Swift, for tasks; undefined where images come by PUT. */
  readonly objects: ReadObject | undefined;
}

/** Gives the bytes of a project's object; undefined where there is none. */
export type ReadObject = (projectId: string, container: string, name: string) => Buffer | undefined;

/** What a Glance handler works with. */
export interface GlanceCall extends GlanceSettings {
  readonly world: GlanceState;
  readonly caller: Caller;
  readonly request: Request;
}

/** A handler of one route. */
export type GlanceHandler = (call: GlanceCall) => Reply | Promise<Reply>;

/** Titles of the answers that are errors. */
export const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Request Entity Too Large",
  415: "Unsupported Media Type",
  416: "Request Range Not Satisfiable",
};

/** An error of Glance; sent as plain text. */
export class GlanceError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** What the request's body holds. @throws GlanceError 400. */
export async function jsonBody({ request }: GlanceCall): Promise<JsonValue> {
  const text = (await request.body()).toString();
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new GlanceError(400, "Malformed JSON in request body.");
  }
}

/** Whether the caller may see the image. */
export function visible(call: GlanceCall, image: Image): boolean {
  const open = image.visibility === "public" || image.visibility === "community";
  return open || image.owner === call.caller.projectId || call.caller.admin;
}

/** The image of the path. @throws GlanceError 404. */
export function findImage(call: GlanceCall, words = (id: string) => `No image found with ID ${id}`): Image {
  const id = call.request.params.id ?? "";
  const image = call.world.images.get(id);
  if (image === undefined || !visible(call, image)) {
    throw new GlanceError(404, words(id));
  }
  return image;
}

/** Refuses who may only read. */
export function mayWrite(call: GlanceCall, action: string): void {
  if (!call.caller.member) {
    throw new GlanceError(403, `You are not authorized to complete ${action} action.`);
  }
}

/** Refuses who does not own the image, or may only read. */
export function checkOwner(
  call: GlanceCall,
  image: Image,
  action: string,
  words = "You do not own this image",
): void {
  mayWrite(call, action);
  if (image.owner !== call.caller.projectId && !call.caller.admin) {
    throw new GlanceError(403, words);
  }
}

/** An image as Glance shows it: free properties stand beside the others. */
export function view(image: Image): JsonObject {
  const path = `/v2/images/${image.id}`;
  const { data } = image;
  const json: JsonObject = {
    ...Object.fromEntries(image.properties),
    name: image.name,
    disk_format: image.diskFormat,
    container_format: image.containerFormat,
    visibility: image.visibility,
    size: (data ?? image.staged)?.bytes.length ?? null,
    // Glance knows the inner size of raw images; of others only what their headers tell.
    virtual_size: image.diskFormat === "raw" ? (data?.bytes.length ?? null) : null,
    status: image.status,
    checksum: data?.md5 ?? null,
    protected: image.protected,
    min_ram: image.minRam,
    min_disk: image.minDisk,
    owner: image.owner,
    os_hidden: image.hidden,
    os_hash_algo: data === undefined ? null : "sha512",
    os_hash_value: data?.sha512 ?? null,
    id: image.id,
    created_at: isoSeconds(image.createdAt),
    updated_at: isoSeconds(image.updatedAt),
    tags: [...image.tags],
    self: path,
    file: `${path}/file`,
    schema: "/v2/schemas/image",
  };
  if (data !== undefined) {
    json.stores = "sandbox";
  }
  return json;
}
