import { randomUUID } from "node:crypto";
import { isObject, type JsonObject, type JsonValue } from "../../cloud/json.ts";
import { isoSeconds } from "../core/clock.ts";
import type { Reply } from "../core/http.ts";
import {
  type GlanceCall,
  GlanceError,
  type GlanceHandler,
  jsonBody,
  mayWrite,
  type ReadObject,
} from "./call.ts";
import { addImage } from "./images.ts";
import { imageData, type UploadTask } from "./state.ts";

/** Most tasks that are kept. */
const maxUploadTasks = 200;

/**
 * The tasks by which images came from Swift, as on Rackspace's cloud: openstacksdk
 * does so where `image_api_use_tasks` is set. Elsewhere they are for administrators,
 * as Glance's policy has it (glance/policies/tasks.py), and the sandbox makes none.
 */
export const uploadTaskRoutes: Readonly<Record<string, GlanceHandler>> = {
  "GET /v2/tasks": (call) => {
    checkAccess(call);
    const tasks = [...call.world.uploadTasks.values()].filter((task) => isOwn(call, task)).map(taskView);
    return { status: 200, json: { tasks, first: "/v2/tasks", schema: "/v2/schemas/tasks" } };
  },
  "POST /v2/tasks": start,
  "GET /v2/tasks/:id": (call) => {
    checkAccess(call);
    const id = call.request.params.id ?? "";
    const task = call.world.uploadTasks.get(id);
    if (task === undefined || !isOwn(call, task)) {
      throw new GlanceError(404, `Task not found with id ${id}`);
    }
    return { status: 200, json: taskView(task) };
  },
};

function checkAccess({ caller, objects }: GlanceCall): void {
  if (!caller.admin && objects === undefined) {
    throw new GlanceError(403, "You are not authorized to complete tasks_api_access action.");
  }
}

function isOwn({ caller }: GlanceCall, { owner }: UploadTask): boolean {
  return caller.admin || caller.projectId === owner;
}

async function start(call: GlanceCall): Promise<Reply> {
  checkAccess(call);
  const { objects, world } = call;
  if (objects === undefined) {
    throw new GlanceError(400, "The sandbox makes no tasks by this old way; see /v2/info/import.");
  }
  mayWrite(call, "add_task");
  const { input, from, properties } = asked(await jsonBody(call));
  const now = world.timeline.now();
  const task: UploadTask = {
    id: randomUUID(),
    owner: call.caller.projectId,
    input,
    createdAt: now,
    updatedAt: now,
    status: "pending",
    message: "",
    imageId: undefined,
  };
  world.uploadTasks.set(task.id, task);
  for (const [id] of world.uploadTasks) {
    if (world.uploadTasks.size <= maxUploadTasks) {
      break;
    }
    world.uploadTasks.delete(id);
  }
  world.timeline.after(call.importMs, () => {
    task.updatedAt = world.timeline.now();
    try {
      task.imageId = takeIn(call, objects, from, properties);
      task.status = "success";
    } catch (error) {
      if (!(error instanceof GlanceError)) {
        throw error;
      }
      task.status = "failure";
      task.message = error.message;
    }
  });
  return {
    status: 201,
    headers: { location: `${call.request.base}/v2/tasks/${task.id}` },
    json: taskView(task),
  };
}

interface Asked {
  readonly input: JsonObject;
  /** `container/object`. */
  readonly from: string;
  readonly properties: JsonObject;
}

function asked(given: JsonValue): Asked {
  if (!isObject(given) || given.type !== "import" || !isObject(given.input)) {
    throw new GlanceError(400, "Provided object does not match schema 'task': type is import, with an input");
  }
  const { input } = given;
  const { import_from: from, image_properties: properties } = input;
  if (typeof from !== "string" || !from.includes("/")) {
    throw new GlanceError(400, "Input does not contain 'import_from' field: CONTAINER/OBJECT");
  }
  if (!isObject(properties)) {
    throw new GlanceError(400, "Input does not contain 'image_properties' field");
  }
  return { input, from, properties };
}

/** Makes the image. @returns its id. @throws GlanceError for what the task then tells. */
function takeIn(call: GlanceCall, objects: ReadObject, from: string, properties: JsonObject): string {
  const slash = from.indexOf("/");
  const bytes = objects(call.caller.projectId, from.slice(0, slash), from.slice(slash + 1));
  if (bytes === undefined) {
    throw new GlanceError(404, `There is no object ${from}`);
  }
  const { world } = call;
  if (world.imageBytesUsed + bytes.length > world.imageBytes) {
    throw new GlanceError(413, "The size of the data would exceed what the sandbox holds.");
  }
  const formats = { disk_format: call.diskFormat ?? "vhd", container_format: "bare" };
  const image = addImage(call, randomUUID(), { ...formats, ...properties });
  world.imageBytesUsed += bytes.length;
  image.data = imageData(bytes);
  image.status = "active";
  return image.id;
}

function taskView(task: UploadTask): JsonObject {
  const { id, owner, input, status, message, imageId, createdAt, updatedAt } = task;
  return {
    id,
    type: "import",
    status,
    owner,
    input,
    result: imageId === undefined ? null : { image_id: imageId },
    message,
    created_at: isoSeconds(createdAt),
    updated_at: isoSeconds(updatedAt),
    expires_at: null,
    self: `/v2/tasks/${id}`,
    schema: "/v2/schemas/task",
  };
}
