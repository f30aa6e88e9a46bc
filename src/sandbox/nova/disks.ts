import { randomUUID } from "node:crypto";
import { type CinderState, removeVolume, touchVolume, type Volume } from "../cinder/state.ts";
import type { Disk, Server } from "./state.ts";

/** Gives a server a volume: Cinder reserves it, and it is in use after `attachMs`. */
export function attach(
  world: CinderState,
  attachMs: number,
  server: Server,
  volume: Volume,
  wanted: { device?: string | undefined; tag?: string | null; deleteOnTermination?: boolean },
): Disk {
  const taken = new Set(server.disks.map(({ device }) => device));
  const first = server.imageId === "" ? 0 : 1;
  const letters = [..."abcdefghijklmnopqrstuvwxyz"].slice(first).map((letter) => `/dev/sd${letter}`);
  const disk: Disk = {
    volumeId: volume.id,
    attachmentId: randomUUID(),
    mappingId: randomUUID(),
    device:
      wanted.device?.replace("/dev/vd", "/dev/sd") ?? letters.find((each) => !taken.has(each)) ?? "/dev/sdz",
    tag: wanted.tag ?? null,
    deleteOnTermination: wanted.deleteOnTermination ?? false,
  };
  server.disks.push(disk);
  touchVolume(world, volume, "reserved");
  world.timeline.after(attachMs / 2, () => {
    if (volume.status === "reserved") {
      touchVolume(world, volume, "attaching");
    }
  });
  world.timeline.after(attachMs, () => {
    if (volume.status === "attaching" && server.disks.includes(disk)) {
      touchVolume(world, volume, "in-use");
      volume.attachment = {
        id: disk.attachmentId,
        serverId: server.id,
        device: disk.device,
        at: volume.updatedAt ?? 0,
      };
    }
  });
  return disk;
}

/** Takes a volume from its server at once. */
export function detach(world: CinderState, server: Server, volume: Volume): void {
  server.disks = server.disks.filter(({ volumeId }) => volumeId !== volume.id);
  volume.attachment = undefined;
  touchVolume(world, volume, "available");
}

/** Takes all volumes from a server that is gone, and deletes those that go with it. */
export function releaseDisks(world: CinderState, deleteMs: number, server: Server): void {
  for (const { volumeId, deleteOnTermination } of server.disks) {
    const volume = world.volumes.get(volumeId);
    if (volume !== undefined) {
      detach(world, server, volume);
      if (deleteOnTermination) {
        removeVolume(world, deleteMs, volume);
      }
    }
  }
}
