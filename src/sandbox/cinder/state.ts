import { randomUUID } from "node:crypto";
import type { World } from "../core/world.ts";
import type { GlanceState } from "../glance/state.ts";

/** A volume. */
export interface Volume {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly createdAt: number;
  /** Rises with each volume: lists have the newest first. */
  readonly serial: number;
  readonly size: number;
  readonly type: VolumeType;
  readonly snapshotId: string | null;
  readonly sourceId: string | null;
  readonly imageMetadata: Readonly<Record<string, string>> | undefined;
  updatedAt: number | null;
  name: string | null;
  description: string | null;
  status: string;
  bootable: boolean;
  metadata: Record<string, string>;
  attachment: VolumeAttachment | undefined;
}

/** What a server has a volume by. No volume of the sandbox can be on several. */
export interface VolumeAttachment {
  readonly id: string;
  readonly serverId: string;
  readonly device: string;
  readonly at: number;
}

/** A snapshot of a volume. */
export interface Snapshot {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly volumeId: string;
  readonly createdAt: number;
  readonly serial: number;
  readonly size: number;
  updatedAt: number | null;
  name: string | null;
  description: string | null;
  status: string;
  metadata: Record<string, string>;
}

/** A type of volumes. */
export interface VolumeType {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

/** The types that a fresh cloud has; the first is what a volume gets that names none. */
export const volumeTypes: readonly VolumeType[] = [
  { id: randomUUID(), name: "sandbox", description: "in memory, without bytes" },
  { id: randomUUID(), name: "__DEFAULT__", description: "Default Volume Type" },
];

/** How much of Cinder a project may have. */
export const volumeQuota = { volumes: 10, snapshots: 10, gigabytes: 1000 };

/** What a project uses of it. */
export function volumeUsage(world: CinderState, projectId: string): typeof volumeQuota {
  const own = <T extends { projectId: string; size: number }>(things: Iterable<T>) =>
    [...things].filter((each) => each.projectId === projectId);
  const volumes = own(world.volumes.values());
  const snapshots = own(world.snapshots.values());
  const gigabytes = [...volumes, ...snapshots].reduce((sum, { size }) => sum + size, 0);
  return { volumes: volumes.length, snapshots: snapshots.length, gigabytes };
}

/** Times of Cinder's database have whole seconds. */
export function touchVolume(world: CinderState, thing: { updatedAt: number | null }, status?: string): void {
  thing.updatedAt = Math.floor(world.timeline.now() / 1000) * 1000;
  if (status !== undefined) {
    (thing as { status?: string }).status = status;
  }
}

/** Adds a volume that is filled after `fillMs`. */
export function addVolume(
  world: CinderState,
  fillMs: number,
  rest: Pick<Volume, "projectId" | "userId" | "size"> & Partial<Volume>,
): Volume {
  const volume: Volume = {
    id: randomUUID(),
    createdAt: world.timeline.now(),
    serial: world.serial(),
    type: volumeTypes[0] as VolumeType,
    snapshotId: null,
    sourceId: null,
    imageMetadata: undefined,
    updatedAt: null,
    name: null,
    description: null,
    status: "creating",
    bootable: false,
    metadata: {},
    attachment: undefined,
    ...rest,
  };
  world.volumes.set(volume.id, volume);
  world.timeline.after(fillMs, () => {
    if (volume.status === "creating") {
      touchVolume(world, volume, "available");
    }
  });
  return volume;
}

/** Deletes a volume in so many milliseconds, its snapshots with it. */
export function removeVolume(world: CinderState, deleteMs: number, volume: Volume): void {
  const snapshots = [...world.snapshots.values()].filter(({ volumeId }) => volumeId === volume.id);
  for (const each of [volume, ...snapshots]) {
    touchVolume(world, each, "deleting");
  }
  world.timeline.after(deleteMs, () => {
    world.volumes.delete(volume.id);
    for (const { id } of snapshots) {
      world.snapshots.delete(id);
    }
  });
}

/** What Cinder holds; the quotas bound it. */
export interface CinderState extends World {
  readonly volumes: Map<string, Volume>;
  readonly snapshots: Map<string, Snapshot>;
}

/** What Cinder works with: it makes volumes of images. */
export type CinderWorld = CinderState & GlanceState;

/** Cinder without a volume. */
export function cinderState(): Omit<CinderState, keyof World> {
  return { volumes: new Map(), snapshots: new Map() };
}
