import { randomBytes, randomUUID } from "node:crypto";
import { isObject, type JsonObject, type JsonValue } from "../../cloud/json.ts";
import type { Reply } from "../core/http.ts";
import { repr } from "../core/python.ts";
import type { Image } from "../glance/state.ts";
import { mayWrite, type NovaCall, NovaError } from "./call.ts";
import { findFlavor, hostnameCheck } from "./create.ts";
import { touch } from "./lifecycle.ts";
import { anything, base64, checked, checkMetadata, checkName, invalid, nullable, text } from "./schema.ts";
import { view } from "./server-view.ts";
import type { Server } from "./state.ts";
import { allow, change } from "./transition.ts";

const uuid = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** The action `rescue`. */
export function rescue(call: NovaCall, server: Server, given: JsonValue, body: JsonObject): Reply {
  const fields = { adminPass: text(), rescue_image_ref: anything };
  const { adminPass, rescue_image_ref } = isObject(given) ? checked(body, "rescue", fields) : {};
  mayWrite(call, "os-rescue");
  if (typeof rescue_image_ref === "string") {
    imageOf(call, rescue_image_ref, "rescue_image_ref", "Can not find requested image");
  }
  allow(server, "rescue", ["active", "stopped", "error"]);
  if (server.imageId === "") {
    const words = "Cannot rescue a volume-backed instance";
    throw new NovaError(400, `Instance ${server.id} cannot be rescued: ${words}`);
  }
  change(call, server, "rescuing", () => Object.assign(server, { vmState: "rescued", powerState: 4 }));
  return { status: 200, json: { adminPass: typeof adminPass === "string" ? adminPass : password() } };
}

/** The action `resize`. */
export function resize(call: NovaCall, server: Server, _: JsonValue, body: JsonObject): Reply {
  const { flavorRef } = checked(body, "resize", { flavorRef: anything, "OS-DCF:diskConfig": anything }, [
    "flavorRef",
  ]);
  mayWrite(call, "servers:resize");
  allow(server, "resize", ["active", "stopped"]);
  const flavor = findFlavor(call, String(flavorRef));
  if (flavor.id === server.flavor.id) {
    throw new NovaError(400, "When resizing, instances must change flavor!");
  }
  change(call, server, "resize_prep", () =>
    change(call, server, "resize_migrated", () =>
      Object.assign(server, { vmState: "resized", oldFlavor: server.flavor, flavor }),
    ),
  );
  return { status: 202 };
}

/** The action `rebuild`. */
export function rebuild(call: NovaCall, server: Server, _: JsonValue, body: JsonObject): Reply {
  const fields = {
    imageRef: text(undefined, 1, 255),
    adminPass: text(),
    name: text(undefined, 1, 255),
    metadata: anything,
    preserve_ephemeral: anything,
    accessIPv4: text(),
    accessIPv6: text(),
    "OS-DCF:diskConfig": anything,
    ...(call.version >= 19 ? { description: nullable(text()) } : {}),
    ...(call.version >= 54 ? { key_name: nullable(text()) } : {}),
    ...(call.version >= 57 ? { user_data: nullable(base64) } : {}),
    ...(call.version >= 90 ? { hostname: hostnameCheck } : {}),
  };
  const given = checked(body, "rebuild", fields, ["imageRef"]);
  const metadata = given.metadata === undefined ? undefined : checkMetadata(given.metadata);
  mayWrite(call, "servers:rebuild");
  const image = imageOf(call, String(given.imageRef), "imageRef", "Cannot find image for rebuild");
  allow(server, "rebuild", ["active", "stopped", "error"]);
  const { name, description, adminPass } = given;
  if (name !== undefined) {
    server.name = checkName(name);
  }
  if (typeof description === "string" || description === null) {
    server.description = description;
  }
  server.metadata = metadata ?? server.metadata;
  server.imageId = server.imageId === "" ? "" : image.id;
  server.fault = undefined;
  const stopped = server.vmState === "stopped";
  change(call, server, "rebuilding", () =>
    Object.assign(server, stopped ? {} : { vmState: "active", powerState: 1 }),
  );
  const shown = view(call, server, "show");
  return {
    status: 202,
    headers: { location: `${call.url}/servers/${server.id}` },
    json: { server: { ...shown, adminPass: typeof adminPass === "string" ? adminPass : password() } },
  };
}

/** The action `createImage`. The image has the bytes of the one that the server was started from. */
export function createImage(call: NovaCall, server: Server, _: JsonValue, body: JsonObject): Reply {
  const given = checked(body, "createImage", { name: text(undefined, 1, 255), metadata: anything }, ["name"]);
  const metadata = checkMetadata(given.metadata ?? {});
  mayWrite(call, "servers:create_image");
  allow(server, "createImage", ["active", "stopped", "paused", "suspended"]);
  const { world } = call;
  const base = world.images.get(server.imageId);
  const image: Image = {
    id: randomUUID(),
    owner: server.projectId,
    createdAt: world.timeline.now(),
    updatedAt: world.timeline.now(),
    name: checkName(given.name ?? ""),
    diskFormat: null,
    containerFormat: null,
    visibility: "private",
    status: "queued",
    protected: false,
    hidden: false,
    minRam: 0,
    minDisk: server.flavor.disk,
    tags: [],
    properties: new Map([
      ["base_image_ref", server.imageId],
      ["instance_uuid", server.id],
      ["image_type", "snapshot"],
      ...Object.entries(metadata),
    ]),
    data: undefined,
    staged: undefined,
    tasks: [],
  };
  world.images.set(image.id, image);
  change(call, server, "image_snapshot", () => {
    const { data } = base ?? { data: undefined };
    image.data = data ?? { bytes: Buffer.alloc(0), md5: "", sha512: "" };
    world.imageBytesUsed += image.data.bytes.length;
    image.status = "active";
    image.diskFormat = base?.diskFormat ?? "qcow2";
    image.containerFormat = "bare";
    image.updatedAt = world.timeline.now();
  });
  touch(world, server);
  return call.version >= 45
    ? { status: 202, json: { image_id: image.id } }
    : { status: 202, headers: { location: `http://images.inside.example:9292/images/${image.id}` } };
}

function imageOf(call: NovaCall, id: string, field: string, missing: string): Image {
  if (!uuid.test(id)) {
    throw invalid(field, id, `${repr(id)} is not a 'uuid'`);
  }
  const image = call.world.images.get(id);
  const open = image?.visibility === "public" || image?.visibility === "community";
  if (image === undefined || !(open || image.owner === call.caller.projectId || call.caller.admin)) {
    throw new NovaError(400, missing);
  }
  return image;
}

function password(): string {
  return randomBytes(9).toString("base64url");
}
