import { randomUUID } from "node:crypto";
import { isObject, type JsonObject } from "../../cloud/json.ts";
import type { Reply } from "../core/http.ts";
import { boolFromString } from "../core/python.ts";
import {
  checkOwner,
  findImage,
  type GlanceCall,
  GlanceError,
  type GlanceHandler,
  jsonBody,
  mayWrite,
  view,
  visible,
} from "./call.ts";
import { importMethods } from "./import.ts";
import { patched, setAttribute } from "./patch.ts";
import type { Image } from "./state.ts";

/** Most images. */
const maxImages = 2000;

/** Images, without their data. */
export const imageRoutes: Readonly<Record<string, GlanceHandler>> = {
  "GET /v2/images": list,
  "POST /v2/images": create,
  "GET /v2/images/:id": (call) => ({ status: 200, json: view(findImage(call)) }),
  "PATCH /v2/images/:id": patched,
  "DELETE /v2/images/:id": (call) => {
    const image = findImage(call, (id) => `Failed to find image ${id} to delete`);
    checkOwner(call, image, "delete_image");
    if (image.protected) {
      throw new GlanceError(403, `Image ${image.id} is protected and cannot be deleted.`);
    }
    call.world.images.delete(image.id);
    call.world.imageBytesUsed -= (image.data ?? image.staged)?.bytes.length ?? 0;
    return empty;
  },
  "GET /v2/images/:id/members": (call) => {
    shared(call);
    return { status: 200, json: { members: [], schema: "/v2/schemas/members" } };
  },
  "GET /v2/images/:id/members/:member": (call) => {
    const { id } = shared(call);
    throw new GlanceError(
      404,
      `${call.request.params.member} not found in the member list of the image ${id}.`,
    );
  },
  "POST /v2/images/:id/actions/deactivate": (call) => activity(call, "deactivated"),
  "POST /v2/images/:id/actions/reactivate": (call) => activity(call, "active"),
  "PUT /v2/images/:id/tags/:tag": (call) => {
    const image = findImage(call);
    checkOwner(call, image, "modify_image");
    image.tags = [...new Set([...image.tags, call.request.params.tag ?? ""])];
    return empty;
  },
  "DELETE /v2/images/:id/tags/:tag": (call) => {
    const image = findImage(call);
    checkOwner(call, image, "modify_image");
    const { tag = "" } = call.request.params;
    if (!image.tags.includes(tag)) {
      throw new GlanceError(404, "The resource could not be found.");
    }
    image.tags = image.tags.filter((each) => each !== tag);
    return empty;
  },
};

/** An image that could have members. The sandbox shares none with anybody. */
function shared(call: GlanceCall): Image {
  const image = findImage(call);
  if (image.visibility !== "shared") {
    const words = `Not allowed to list members for image ${image.id}: Only shared images have members.`;
    throw new GlanceError(403, words);
  }
  return image;
}

function activity(call: GlanceCall, status: "active" | "deactivated"): Reply {
  const image = findImage(call);
  if (!call.caller.admin) {
    throw new GlanceError(403, "You are not authorized to complete deactivate action.");
  }
  if (image.data === undefined) {
    throw new GlanceError(403, `Not allowed to deactivate image in status '${image.status}'`);
  }
  image.status = status;
  return empty;
}

const empty: Reply = { status: 204, headers: { "content-type": "text/html; charset=UTF-8" } };

async function create(call: GlanceCall): Promise<Reply> {
  const given = await jsonBody(call);
  if (!isObject(given)) {
    throw new GlanceError(400, "Provided object does not match schema 'image'");
  }
  mayWrite(call, "add_image");
  const { id = randomUUID(), ...rest } = given;
  if (typeof id !== "string" || !/^([0-9a-fA-F]){8}(-[0-9a-fA-F]{4}){3}-([0-9a-fA-F]){12}$/.test(id)) {
    throw new GlanceError(
      400,
      `Provided object does not match schema 'image': '${id}' does not match the pattern of ids`,
    );
  }
  const image = addImage(call, id, rest);
  const headers = {
    location: `${call.request.base}/v2/images/${id}`,
    "openstack-image-import-methods": importMethods.join(","),
    "openstack-image-store-ids": "sandbox",
  };
  return { status: 201, headers, json: view(image) };
}

/** Adds an image of the caller's. @throws GlanceError for attributes that do not fit. */
export function addImage(call: GlanceCall, id: string, attributes: JsonObject): Image {
  if (call.world.images.has(id)) {
    throw new GlanceError(409, `Image ID ${id} already exists!`);
  }
  if (call.world.images.size >= maxImages) {
    throw new GlanceError(413, `The sandbox holds at most ${maxImages} images.`);
  }
  const now = call.world.timeline.now();
  const image: Image = {
    id,
    owner: call.caller.projectId,
    createdAt: now,
    updatedAt: now,
    name: null,
    diskFormat: null,
    containerFormat: null,
    visibility: "shared",
    status: "queued",
    protected: false,
    hidden: false,
    minRam: 0,
    minDisk: 0,
    tags: [],
    properties: new Map(),
    data: undefined,
    staged: undefined,
    tasks: [],
  };
  for (const [name, value] of Object.entries(attributes)) {
    setAttribute(call, image, name, value);
  }
  call.world.images.set(id, image);
  return image;
}

const sortKeys = [
  "name",
  "status",
  "container_format",
  "disk_format",
  "size",
  "id",
  "created_at",
  "updated_at",
];

function list(call: GlanceCall): Reply {
  const { query } = call.request;
  const limit = pageSize(call);
  const filters = [...query].filter(
    ([name]) => !["limit", "marker", "sort", "sort_key", "sort_dir"].includes(name),
  );
  const hidden = boolFromString(query.get("os_hidden") ?? "false") === true;
  const wanted = query.get("visibility");
  if (wanted !== null && !["public", "private", "shared", "community", "all"].includes(wanted)) {
    throw new GlanceError(400, `Invalid visibility value: ${wanted}`);
  }
  const found = [...call.world.images.values()]
    .reverse()
    .filter((image) => visible(call, image) && image.hidden === hidden)
    // Community images of others are only shown when asked for.
    .filter(
      (image) =>
        image.visibility !== "community" || image.owner === call.caller.projectId || wanted === "community",
    )
    .map(view)
    .filter((json) => filters.every(([name, value]) => fits(json, name, value)));
  const images = sorted(query, found);
  const marker = query.get("marker");
  const start = marker === null ? 0 : images.findIndex(({ id }) => id === marker) + 1;
  if (marker !== null && start === 0) {
    throw new GlanceError(400, `No image found with ID ${marker}`);
  }
  const items = images.slice(start, start + limit);
  const params = new URLSearchParams(query);
  params.delete("marker");
  const first = params.size === 0 ? "/v2/images" : `/v2/images?${params}`;
  const json: JsonObject = { images: items, first, schema: "/v2/schemas/images" };
  const last = items.at(-1);
  // Glance links on whenever the page is full: the page after the last one is empty.
  if (last !== undefined && items.length >= limit) {
    params.set("marker", String(last.id));
    json.next = `/v2/images?${params}`;
  }
  return { status: 200, json };
}

function pageSize(call: GlanceCall): number {
  const text = call.request.query.get("limit");
  if (text !== null && !/^-?\d+$/.test(text)) {
    throw new GlanceError(400, "limit param must be an integer");
  }
  if (Number(text) < 0) {
    throw new GlanceError(400, "limit param must be positive");
  }
  // 25 is Glance's own default (limit_param_default).
  return Math.min(Number(text ?? 25), call.pageLimit);
}

function fits(json: JsonObject, name: string, value: string): boolean {
  const given = json[name === "tag" ? "tags" : name];
  if (name === "protected" || name === "os_hidden") {
    if (!/^(true|false)$/i.test(value)) {
      throw new GlanceError(
        400,
        `Invalid value '${value}' for '${name}' filter. Valid values are 'true' or 'false'.`,
      );
    }
    return String(given) === value.toLowerCase();
  }
  if (name === "tag") {
    return Array.isArray(given) && given.includes(value);
  }
  if (name === "size_min") {
    return Number(json.size) >= Number(value);
  }
  if (name === "size_max") {
    return Number(json.size) <= Number(value);
  }
  if (name === "visibility" || name === "member_status") {
    return value === "all" || name === "member_status" || given === value;
  }
  if (name === "created_at" || name === "updated_at") {
    return compareTime(String(given), value);
  }
  if (value.startsWith("in:")) {
    const words = [...value.slice(3).matchAll(/"([^"]*)"|([^,]+)/g)].map(
      ([, quoted, bare]) => quoted ?? bare,
    );
    return words.includes(String(given));
  }
  return given !== undefined && given !== null && String(given) === value;
}

function compareTime(given: string, filter: string): boolean {
  const [, operator = "eq", time = ""] = /^(?:(gt|gte|lt|lte|eq|neq):)?(.*)$/.exec(filter) ?? [];
  const [a, b] = [Date.parse(given), Date.parse(time)];
  const results: Record<string, boolean> = {
    gt: a > b,
    gte: a >= b,
    lt: a < b,
    lte: a <= b,
    eq: a === b,
    neq: a !== b,
  };
  return results[operator] === true;
}

function sorted(query: URLSearchParams, images: JsonObject[]): JsonObject[] {
  const pairs = query.has("sort")
    ? (query.get("sort") ?? "").split(",").map((each) => each.split(":"))
    : query.getAll("sort_key").map((key, index) => [key, query.getAll("sort_dir")[index] ?? "desc"]);
  for (const [key = ""] of pairs) {
    if (!sortKeys.includes(key)) {
      const words = `Invalid sort key: ${key}. It must be one of the following: ${sortKeys.join(", ")}.`;
      throw new GlanceError(400, words);
    }
  }
  return pairs.length === 0
    ? images
    : images.sort((a, b) => {
        for (const [key = "", direction = "desc"] of pairs) {
          const [x, y] = [a[key] ?? "", b[key] ?? ""];
          if (x !== y) {
            return (x < y ? -1 : 1) * (direction === "asc" ? 1 : -1);
          }
        }
        return 0;
      });
}
