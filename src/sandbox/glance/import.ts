import { randomUUID } from "node:crypto";
import { isObject, type JsonObject, type JsonValue } from "../../cloud/json.ts";
import { isoMicros } from "../core/clock.ts";
import type { Reply } from "../core/http.ts";
import { checkOwner, findImage, type GlanceCall, GlanceError, type GlanceHandler, jsonBody } from "./call.ts";
import { checkByPut, checkOctets, receive } from "./data.ts";
import type { Image } from "./state.ts";

/** Ways to import; the sandbox fetches nothing from elsewhere. */
export const importMethods: readonly string[] = ["glance-direct"];

/** Most tasks that an image keeps. */
const maxTasks = 10;

/** The import of images in two steps: their bytes are staged, and a task takes them in. */
export const importRoutes: Readonly<Record<string, GlanceHandler>> = {
  "GET /v2/info/import": () => ({
    status: 200,
    json: {
      "import-methods": {
        description: "Import methods available.",
        type: "array",
        value: [...importMethods],
      },
    },
  }),
  "PUT /v2/images/:id/stage": stage,
  "POST /v2/images/:id/import": start,
  "GET /v2/images/:id/tasks": (call) => ({
    status: 200,
    json: { tasks: findImage(call).tasks.map((task) => taskView(findImage(call), task)) },
  }),
};

async function stage(call: GlanceCall): Promise<Reply> {
  checkOctets(call);
  checkByPut(call);
  const image = findImage(call);
  checkOwner(call, image, "upload_image", `Not allowed to stage image data for image ${image.id}`);
  if (image.status !== "queued") {
    throw new GlanceError(409, `Image status transition from ${image.status} to uploading is not allowed`);
  }
  image.status = "uploading";
  try {
    image.staged = await receive(call, image);
  } catch (error) {
    image.status = "queued";
    throw error;
  }
  return { status: 204, headers: { "content-type": "text/html; charset=UTF-8" } };
}

async function start(call: GlanceCall): Promise<Reply> {
  const method = methodOf(await jsonBody(call));
  const image = findImage(call);
  checkOwner(call, image, "import_image", `Not allowed to import image ${image.id}`);
  if (!importMethods.includes(method)) {
    throw new GlanceError(400, `Unknown import method name '${method}'.`);
  }
  if (image.status === "queued") {
    throw new GlanceError(409, "Image needs to be staged before 'glance-direct' method can be used");
  }
  const { staged } = image;
  if (image.status !== "uploading" || staged === undefined) {
    throw new GlanceError(409, `Image with status ${image.status} cannot be target for import`);
  }
  for (const name of ["containerFormat", "diskFormat"] as const) {
    if (image[name] === null) {
      const field = name === "diskFormat" ? "disk_format" : "container_format";
      throw new GlanceError(409, `'${field}' needs to be set before import`);
    }
  }
  const now = call.world.timeline.now();
  const task = {
    id: randomUUID(),
    createdAt: now,
    updatedAt: now,
    userId: call.caller.user.id,
    isDone: false,
  };
  image.tasks = [...image.tasks, task].slice(-maxTasks);
  image.status = "importing";
  call.world.timeline.after(call.importMs, () => {
    task.isDone = true;
    task.updatedAt = call.world.timeline.now();
    image.data = staged;
    image.staged = undefined;
    image.status = "active";
    image.updatedAt = task.updatedAt;
    image.properties.set("os_glance_importing_to_stores", "").set("os_glance_failed_import", "");
  });
  return { status: 202, headers: { "content-type": "text/html; charset=UTF-8" } };
}

function methodOf(given: JsonValue): string {
  const method = isObject(given) ? given.method : undefined;
  if (!isObject(method)) {
    throw new GlanceError(400, "Import request requires a 'method' field.");
  }
  if (typeof method.name !== "string") {
    throw new GlanceError(400, "Import request requires a 'name' field.");
  }
  return method.name;
}

function taskView(image: Image, task: Image["tasks"][number]): JsonObject {
  const twoDays = 2 * 24 * 3_600_000;
  return {
    id: task.id,
    type: "api_image_import",
    status: task.isDone ? "success" : "processing",
    owner: image.owner,
    expires_at: task.isDone ? isoMicros(task.updatedAt + twoDays) : null,
    created_at: isoMicros(task.createdAt),
    updated_at: isoMicros(task.updatedAt),
    deleted_at: null,
    deleted: false,
    image_id: image.id,
    user_id: task.userId,
    input: {
      image_id: image.id,
      import_req: { method: { name: "glance-direct" } },
      backend: ["sandbox"],
    },
    result: task.isDone ? { image_id: image.id } : null,
    message: "",
  };
}
