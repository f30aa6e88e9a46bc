import { create } from "@bufbuild/protobuf";
import { oneRegion } from "../cloud/one-region.ts";
import type { Call, Region } from "../cloud/region.ts";
import {
  BlockStorageService,
  type Volume,
  VolumeSchema,
  VolumeSnapshotSchema,
  VolumeSnapshotStatus,
  VolumeStatus,
  WaitForVolumeSnapshotStatusResponseSchema,
  type WaitForVolumeStatusRequest,
  WaitForVolumeStatusResponseSchema,
} from "../gen/oaktree/v1/block_storage_pb.js";
import type { Engine } from "../rest/engine.ts";
import { type Handlers, handlersOf } from "../rest/handler.ts";
import type { PollIntervals } from "../watch/shared-polls.ts";
import { createVolumeHandler } from "./create-volume.ts";
import { deleteVolumeHandler } from "./delete-volume.ts";
import { detachVolumeHandler } from "./detach-volume.ts";
import { WaitForStatus, type Wanted } from "./wait-for-status.ts";

/** The RPCs of `BlockStorageService` that are more than a REST call. */
export function blockStorageHandlers(engine: Engine, polls: PollIntervals): Handlers {
  const volumes = engine.resource(VolumeSchema);
  const volumeWait = new WaitForStatus(volumes, VolumeStatus.DELETED, polls);
  const snapshots = engine.resource(VolumeSnapshotSchema);
  const snapshotWait = new WaitForStatus(snapshots, VolumeSnapshotStatus.DELETED, polls);
  return handlersOf(BlockStorageService, {
    createVolume: createVolumeHandler(engine),
    deleteVolume: deleteVolumeHandler(volumes),
    detachVolume: detachVolumeHandler(engine),

    waitForVolumeStatus: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const wanted = await wantedVolume(request, engine, region, call);
      const volume = await volumeWait.wait(request.nameOrId, wanted, region, call);
      return create(WaitForVolumeStatusResponseSchema, volume === undefined ? {} : { volume });
    },

    waitForVolumeSnapshotStatus: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const wanted = { status: request.status || VolumeSnapshotStatus.AVAILABLE };
      const volumeSnapshot = await snapshotWait.wait(request.nameOrId, wanted, region, call);
      return create(
        WaitForVolumeSnapshotStatusResponseSchema,
        volumeSnapshot === undefined ? {} : { volumeSnapshot },
      );
    },
  });
}

/** With a server, whether it has the volume counts: of a volume that several have, the status alone tells little. */
async function wantedVolume(
  request: WaitForVolumeStatusRequest,
  engine: Engine,
  region: Region,
  call: Call,
): Promise<Wanted<Volume>> {
  const { AVAILABLE, IN_USE } = VolumeStatus;
  const wanted = request.status || AVAILABLE;
  if (request.server === "" || (wanted !== AVAILABLE && wanted !== IN_USE)) {
    return { status: wanted };
  }
  const server = await engine.find("oaktree.v1.Server", request.server, region, call);
  return {
    status: wanted,
    isDone: ({ status, attachments }) => {
      const has = attachments.some(({ serverId }) => serverId === server);
      return wanted === IN_USE
        ? has && status === IN_USE
        : !has && (status === IN_USE || status === AVAILABLE);
    },
  };
}
