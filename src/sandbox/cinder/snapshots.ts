import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../cloud/json.ts";
import { isoMicros } from "../core/clock.ts";
import type { Reply } from "../core/http.ts";
import { boolFromString, repr } from "../core/python.ts";
import {
  type CinderCall,
  CinderError,
  type CinderHandler,
  emptied,
  find,
  invalid,
  list,
  mayWrite,
  nameOf,
  texts,
} from "./call.ts";
import { type Snapshot, touchVolume, volumeQuota, volumeUsage } from "./state.ts";
import { findVolume } from "./volumes.ts";

const filters = { volume_id: ({ volumeId }: Snapshot) => volumeId, availability_zone: () => "nova" };

/** Snapshots of volumes. */
export const snapshotRoutes: Readonly<Record<string, CinderHandler>> = {
  "GET /snapshots": (call) => listed(call, summary),
  "GET /snapshots/detail": (call) => listed(call, shown),
  "POST /snapshots": create,
  "GET /snapshots/:id": (call) => ({ status: 200, json: { snapshot: shown(call, findSnapshot(call)) } }),
  "DELETE /snapshots/:id": (call) => {
    const snapshot = findSnapshot(call);
    mayWrite(call, "volume:delete_snapshot");
    if (!["available", "error"].includes(snapshot.status)) {
      const words = "Snapshot status must be available or error";
      throw new CinderError(400, `Invalid snapshot: ${words}, but current status is: ${snapshot.status}.`);
    }
    touchVolume(call.world, snapshot, "deleting");
    call.world.timeline.after(call.settings.deleteMs, () => call.world.snapshots.delete(snapshot.id));
    return emptied;
  },
  "PUT /snapshots/:id": async (call) => {
    const snapshot = findSnapshot(call);
    const given = await call.json("snapshot");
    mayWrite(call, "volume:update_snapshot");
    if (Object.keys(given).length === 0) {
      throw invalid("snapshot", "{}", "does not have enough properties");
    }
    snapshot.name = "name" in given ? nameOf(given.name) : snapshot.name;
    snapshot.description = "description" in given ? nameOf(given.description) : snapshot.description;
    touchVolume(call.world, snapshot);
    return { status: 200, json: { snapshot: view(call, snapshot) } };
  },
};

function listed(call: CinderCall, show: (call: CinderCall, snapshot: Snapshot) => JsonObject): Reply {
  const all = call.world.snapshots.values();
  return list(call, all, "snapshots", (snapshot) => show(call, snapshot), filters, "Snapshot");
}

function findSnapshot(call: CinderCall): Snapshot {
  return find(call, call.world.snapshots, "Snapshot");
}

async function create(call: CinderCall): Promise<Reply> {
  const given = await call.json("snapshot");
  if (typeof given.volume_id !== "string") {
    throw invalid("snapshot", repr(given), "'volume_id' is a required property");
  }
  mayWrite(call, "volume:create_snapshot");
  const volume = findVolume(call, given.volume_id);
  const force = call.version >= 66 || boolFromString(String(given.force ?? "")) === true;
  if (volume.status !== "available" && !(force && volume.status === "in-use")) {
    const words = `Volume ${volume.id} status must be available, but current status is: ${volume.status}.`;
    throw new CinderError(400, `Invalid volume: ${words}`);
  }
  if (volumeUsage(call.world, call.caller.projectId).snapshots >= volumeQuota.snapshots) {
    const words = `Maximum number of snapshots allowed (${volumeQuota.snapshots}) exceeded`;
    throw new CinderError(413, `SnapshotLimitExceeded: ${words}`);
  }
  const snapshot: Snapshot = {
    id: randomUUID(),
    projectId: call.caller.projectId,
    userId: call.caller.user.id,
    volumeId: volume.id,
    createdAt: call.world.timeline.now(),
    serial: call.world.serial(),
    size: volume.size,
    updatedAt: null,
    name: nameOf(given.name),
    description: nameOf(given.description),
    status: "creating",
    metadata: texts(given.metadata),
  };
  call.world.snapshots.set(snapshot.id, snapshot);
  call.world.timeline.after(call.settings.fillMs, () => touchVolume(call.world, snapshot, "available"));
  return { status: 202, json: { snapshot: view(call, snapshot) } };
}

function shown(call: CinderCall, snapshot: Snapshot): JsonObject {
  return {
    ...view(call, snapshot),
    "os-extended-snapshot-attributes:project_id": snapshot.projectId,
    "os-extended-snapshot-attributes:progress": snapshot.status === "creating" ? "0%" : "100%",
  };
}

/** The short list lacks what came with later microversions. */
function summary(call: CinderCall, snapshot: Snapshot): JsonObject {
  const { group_snapshot_id, user_id, ...json } = view(call, snapshot);
  return json;
}

function view({ version }: CinderCall, snapshot: Snapshot): JsonObject {
  return {
    id: snapshot.id,
    created_at: isoMicros(snapshot.createdAt),
    updated_at: snapshot.updatedAt === null ? null : isoMicros(snapshot.updatedAt),
    name: snapshot.name,
    description: snapshot.description,
    volume_id: snapshot.volumeId,
    status: snapshot.status,
    size: snapshot.size,
    metadata: { ...snapshot.metadata },
    ...(version >= 14 ? { group_snapshot_id: null } : {}),
    ...(version >= 41 ? { user_id: snapshot.userId } : {}),
    ...(version >= 65 ? { consumes_quota: true } : {}),
  };
}
