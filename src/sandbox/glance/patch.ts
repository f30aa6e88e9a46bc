import { isObject, type JsonValue } from "../../cloud/json.ts";
import { header, type Reply } from "../core/http.ts";
import { repr } from "../core/python.ts";
import { checkOwner, findImage, type GlanceCall, GlanceError, jsonBody, view } from "./call.ts";
import type { Image } from "./state.ts";

const mediaTypes = [
  "application/openstack-images-v2.0-json-patch",
  "application/openstack-images-v2.1-json-patch",
];

const readOnly = new Set(
  `checksum created_at direct_url file id locations os_hash_algo os_hash_value schema self size status stores
  updated_at virtual_size`.split(/\s+/),
);

const base = new Set(
  `name disk_format container_format visibility protected os_hidden min_ram min_disk owner tags`.split(" "),
);

const diskFormats = ["ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop"];
const containerFormats = ["ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed"];

/** `PATCH /v2/images/{id}`: a JSON patch in Glance's own media type. All of it happens, or nothing. */
export async function patched(call: GlanceCall): Promise<Reply> {
  const type = header(call.request.headers, "content-type")?.split(";")[0] ?? "";
  if (!mediaTypes.includes(type)) {
    const words = `The request media type ${type} is not supported by this server.`;
    throw new GlanceError(415, words, { "accept-patch": mediaTypes.join(", ") });
  }
  const operations = await jsonBody(call);
  if (!Array.isArray(operations)) {
    throw new GlanceError(400, "Request body must be a JSON array of operation objects.");
  }
  const image = findImage(call);
  checkOwner(call, image, "modify_image");
  const copy: Image = { ...image, tags: [...image.tags], properties: new Map(image.properties) };
  for (const operation of operations) {
    apply(call, copy, operation);
  }
  if (operations.length > 0) {
    copy.updatedAt = call.world.timeline.now();
  }
  Object.assign(image, copy);
  return { status: 200, json: view(image) };
}

function apply(call: GlanceCall, image: Image, operation: JsonValue): void {
  if (!isObject(operation)) {
    throw new GlanceError(400, "Operations must be JSON objects.");
  }
  const kind = operation.op;
  if (kind !== "add" && kind !== "replace" && kind !== "remove") {
    throw new GlanceError(
      400,
      `Invalid operation: \`${kind}\`. It must be one of the following: add, remove, replace.`,
    );
  }
  // JSON pointers escape `/` and `~` (RFC 6901, 4).
  const name = String(operation.path ?? "")
    .slice(1)
    .replaceAll("~1", "/")
    .replaceAll("~0", "~");
  if (kind !== "add" && !base.has(name) && !readOnly.has(name) && !image.properties.has(name)) {
    const words = "There was a conflict when trying to complete your request.";
    throw new GlanceError(409, `${words}\n\n Property ${name} does not exist.`);
  }
  if (kind !== "remove") {
    setAttribute(call, image, name, operation.value ?? null);
  } else if (readOnly.has(name)) {
    throw new GlanceError(403, `Attribute '${name}' is read-only.`);
  } else if (base.has(name)) {
    throw new GlanceError(
      403,
      `Access was denied to this resource.\n\n Property ${name} may not be removed.`,
    );
  } else {
    image.properties.delete(name);
  }
}

/** Sets what is not read-only. @throws GlanceError in Glance's words. */
export function setAttribute(call: GlanceCall, image: Image, name: string, value: JsonValue): void {
  if (readOnly.has(name)) {
    throw new GlanceError(403, `Attribute '${name}' is read-only.`);
  }
  switch (name) {
    case "name":
      image.name = value === null ? null : text(name, value);
      break;
    case "disk_format":
    case "container_format":
      setFormat(call, image, name, value);
      break;
    case "visibility":
      setVisibility(call, image, value);
      break;
    case "protected":
      image.protected = typed(name, value, "boolean") as boolean;
      break;
    case "os_hidden":
      image.hidden = typed(name, value, "boolean") as boolean;
      break;
    case "min_ram":
      image.minRam = typed(name, value, "integer") as number;
      break;
    case "min_disk":
      image.minDisk = typed(name, value, "integer") as number;
      break;
    case "owner":
      if (value !== image.owner) {
        throw new GlanceError(403, "You are not permitted to modify 'owner' on this image.");
      }
      break;
    case "tags":
      image.tags = [...new Set(list(value).map((tag) => text("tags", tag)))];
      break;
    default:
      // 128 is Glance's own bound (image_property_quota).
      if (image.properties.size >= 128 && !image.properties.has(name)) {
        throw new GlanceError(
          413,
          "The limit has been exceeded on the number of allowed image properties. Maximum: 128.",
        );
      }
      image.properties.set(name, text(name, value, "schema['additionalProperties']"));
  }
}

function mismatch(words: string): GlanceError {
  return new GlanceError(400, `Provided object does not match schema 'image': ${words}`);
}

function text(name: string, value: JsonValue, schema = `schema['properties']['${name}']`): string {
  if (typeof value !== "string") {
    throw mismatch(`${repr(value)} is not of type 'string'  Failed validating 'type' in ${schema}`);
  }
  if (value.length > (name === "name" ? 255 : 65_535)) {
    throw mismatch(`${repr(value)} is too long  Failed validating 'maxLength' in ${schema}`);
  }
  return value;
}

function typed(name: string, value: JsonValue, type: "boolean" | "integer"): JsonValue {
  if (type === "boolean" ? typeof value !== "boolean" : !Number.isInteger(value)) {
    throw mismatch(
      `${repr(value)} is not of type '${type}'  Failed validating 'type' in schema['properties']['${name}']`,
    );
  }
  return value;
}

function list(value: JsonValue): JsonValue[] {
  if (!Array.isArray(value)) {
    throw mismatch(
      `${repr(value)} is not of type 'array'  Failed validating 'type' in schema['properties']['tags']`,
    );
  }
  return value;
}

function setFormat(
  call: GlanceCall,
  image: Image,
  name: "disk_format" | "container_format",
  value: JsonValue,
): void {
  const formats = call.diskFormat === undefined ? diskFormats : [call.diskFormat];
  const known = name === "disk_format" ? formats : containerFormats;
  if (value !== null && (typeof value !== "string" || !known.includes(value))) {
    const choices = [null, ...known].map(repr).join(", ");
    throw mismatch(
      `${repr(value)} is not one of [${choices}]  Failed validating 'enum' in schema['properties']['${name}']`,
    );
  }
  if (image.status !== "queued") {
    throw new GlanceError(403, `Attribute ${name} can be only replaced for a queued image.`);
  }
  if (name === "disk_format") {
    image.diskFormat = value;
  } else {
    image.containerFormat = value;
  }
}

function setVisibility(call: GlanceCall, image: Image, value: JsonValue): void {
  const choices = ["community", "public", "private", "shared"];
  if (typeof value !== "string" || !choices.includes(value)) {
    const words = `${repr(value)} is not one of ${repr(choices)}  Failed validating 'enum' in schema['properties']['visibility']`;
    throw mismatch(words);
  }
  if (value === "public" && !call.caller.admin) {
    throw new GlanceError(403, "You are not authorized to complete publicize_image action.");
  }
  image.visibility = value;
}
