import {
  BlockStorageService,
  VolumeSnapshotStatus,
  VolumeStatus,
} from "../../src/gen/oaktree/v1/block_storage_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

contract("a volume is made, found, changed, snapshot and deleted", async (t, world) => {
  const { client, location, unique, serves } = world;
  const storage = client(BlockStorageService);
  const name = unique("volume");
  const { volume: created } = await storage.createVolume({
    location,
    name,
    description: "made by a test",
    sizeGib: 1n,
    metadata: { role: "test" },
  });
  const nameOrId = created?.id ?? "";
  t.teardown(() => storage.deleteVolume({ location, nameOrId, deleteSnapshots: true, allowMissing: true }));
  t.match(created, { name, description: "made by a test", sizeGib: 1n, projectId: /^[0-9a-f]{32}$/ });

  const { volume } = await storage.waitForVolumeStatus({ location, nameOrId: name });
  t.match(volume, {
    location: { cloud: "demo", region: "RegionOne", zone: "nova" },
    id: nameOrId,
    status: VolumeStatus.AVAILABLE,
    statusText: "available",
    volumeType: /./,
    isBootable: false,
    isEncrypted: false,
    metadata: { role: "test" },
    attachments: [],
  });
  t.equal(volume?.projectId, created?.projectId);
  t.equal(volume?.location?.project?.id, volume?.projectId);
  t.strictSame((await storage.getVolume({ location, nameOrId: name })).volume, volume);
  t.strictSame((await storage.listVolumes({ location, nameOrId: name })).volumes, [volume]);
  t.strictSame(
    (await storage.listVolumes({ location, filters: { status: "VOLUME_STATUS_IN_USE", name } })).volumes,
    [],
  );

  const updated = await storage.updateVolume({
    location,
    nameOrId,
    description: "",
    metadata: { role: "changed" },
  });
  t.match(updated.volume, {
    name,
    description: "",
    metadata: { role: "changed" },
    projectId: volume?.projectId,
  });
  await storage.setVolumeBootable({ location, nameOrId: name, bootable: true });
  t.equal((await storage.getVolume({ location, nameOrId })).volume?.isBootable, true);

  const { volumeSnapshot } = await storage.createVolumeSnapshot({
    location,
    volume: name,
    name: `${name}-snap`,
    metadata: { of: "test" },
  });
  const snapshot = volumeSnapshot?.id ?? "";
  const { volumeSnapshot: ready } = await storage.waitForVolumeSnapshotStatus({
    location,
    nameOrId: `${name}-snap`,
  });
  t.match(ready, {
    id: snapshot,
    status: VolumeSnapshotStatus.AVAILABLE,
    volumeId: nameOrId,
    sizeGib: 1n,
    metadata: { of: "test" },
    progress: "100%",
    projectId: volume?.projectId,
  });
  t.strictSame((await storage.getVolumeSnapshot({ location, nameOrId: snapshot })).volumeSnapshot, ready);
  const listed = await storage.listVolumeSnapshots({ location, filters: { volume_id: nameOrId } });
  t.strictSame(listed.volumeSnapshots, [ready]);
  t.match(await failure(storage.deleteVolume({ location, nameOrId })), { reason: "CONFLICT" });

  const { volume: copy } = await storage.createVolume({
    location,
    name: `${name}-2`,
    snapshot: `${name}-snap`,
  });
  const copyId = copy?.id ?? "";
  t.teardown(() => storage.deleteVolume({ location, nameOrId: copyId, allowMissing: true }));
  const filled = await storage.waitForVolumeStatus({ location, nameOrId: copyId });
  t.match(filled.volume, { snapshotId: snapshot, sizeGib: 1n, isBootable: true });

  await storage.deleteVolumeSnapshot({ location, nameOrId: snapshot });
  await storage.waitForVolumeSnapshotStatus({
    location,
    nameOrId: snapshot,
    status: VolumeSnapshotStatus.DELETED,
  });
  for (const id of [copyId, nameOrId]) {
    await storage.deleteVolume({ location, nameOrId: id });
  }
  await storage.waitForVolumeStatus({ location, nameOrId, status: VolumeStatus.DELETED });
  t.match(await failure(storage.getVolume({ location, nameOrId })), { reason: "NOT_FOUND" });
  t.match(await failure(storage.deleteVolume({ location, nameOrId })), { reason: "NOT_FOUND" });
  t.match(await storage.waitForVolumeStatus({ location, nameOrId, status: VolumeStatus.DELETED }), {
    volume: undefined,
  });
  t.match(await failure(storage.waitForVolumeStatus({ location, nameOrId })), { reason: "NOT_FOUND" });
  serves(t, "create_volume", "get_volume", "get_volume_by_id", "get_volume_id", "volume_exists");
  serves(t, "list_volumes", "search_volumes", "get_volumes", "update_volume", "delete_volume");
  serves(t, "set_volume_bootable", "create_volume_snapshot", "delete_volume_snapshot");
  serves(t, "get_volume_snapshot", "get_volume_snapshot_by_id");
  serves(t, "list_volume_snapshots", "search_volume_snapshots");
});

contract("types and limits of volumes are told", async (t, { client, location, serves }) => {
  const storage = client(BlockStorageService);
  const { volumeTypes } = await storage.listVolumeTypes({ location });
  const [type] = volumeTypes;
  t.match(type, { id: /^[0-9a-f-]{36}$/, name: /./, isPublic: true });
  for (const nameOrId of [type?.id ?? "", type?.name ?? ""]) {
    const { volumeType } = await storage.getVolumeType({ location, nameOrId });
    t.match(volumeType, { id: type?.id, name: type?.name, isPublic: true });
  }
  const { volumeLimits } = await storage.getVolumeLimits({ location });
  t.ok(Number(volumeLimits?.maxTotalVolumes) > 0 && Number(volumeLimits?.maxTotalVolumeGib) > 0);
  serves(t, "list_volume_types", "search_volume_types", "get_volume_type", "get_volume_limits");
});
