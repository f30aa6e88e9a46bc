import { BlockStorageService, VolumeStatus } from "../../src/gen/oaktree/v1/block_storage_pb.js";
import { ComputeService, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

contract("a server boots from a volume, and is given and relieved of others", async (t, world) => {
  const { client, location, unique, serves } = world;
  const compute = client(ComputeService);
  const storage = client(BlockStorageService);
  const name = unique("disks");
  const { volume: made } = await storage.createVolume({ location, name, sizeGib: 1n });
  const volumeId = made?.id ?? "";
  t.teardown(async () => {
    await storage.waitForVolumeStatus({ location, nameOrId: volumeId }).catch(() => {});
    await storage.deleteVolume({ location, nameOrId: volumeId, deleteSnapshots: true, allowMissing: true });
  });
  const { server: created } = await compute.createServer({
    location,
    name,
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
    newBootVolume: { sizeGib: 1n, deleteOnTermination: true },
  });
  const server = created?.id ?? "";
  t.teardown(() => compute.deleteServer({ location, nameOrId: server, allowMissing: true }));
  const { server: active } = await compute.waitForServerStatus({ location, nameOrId: server });
  const root = active?.attachedVolumes[0]?.id ?? "";
  t.match(active, { imageId: "", attachedVolumes: [{ id: root, deleteOnTermination: true }] });
  t.match((await storage.getVolume({ location, nameOrId: root })).volume, {
    status: VolumeStatus.IN_USE,
    isBootable: true,
    attachments: [{ serverId: server, id: root }],
  });

  await storage.waitForVolumeStatus({ location, nameOrId: name });
  t.match(await failure(storage.detachVolume({ location, server, volume: name })), { reason: "NOT_FOUND" });
  await storage.detachVolume({ location, server, volume: name, allowMissing: true });
  const { volumeAttachment } = await storage.attachVolume({
    location,
    server: name,
    volume: name,
    tag: "data",
  });
  t.match(volumeAttachment, { id: volumeId, serverId: server, device: /^\/dev\//, tag: "data" });
  const { volume } = await storage.waitForVolumeStatus({
    location,
    nameOrId: name,
    status: VolumeStatus.IN_USE,
    server: name,
  });
  t.match(volume, {
    statusText: "in-use",
    attachments: [{ id: volumeId, serverId: server, device: /^\/dev\//, attachmentId: /^[0-9a-f-]{36}$/ }],
    properties: {},
  });
  t.ok(volume?.attachments[0]?.attachTime);
  const { volumeAttachments } = await storage.listVolumeAttachments({ location, server: name });
  t.match(
    volumeAttachments.map(({ id, serverId }) => ({ id, serverId })),
    [root, volumeId].map((id) => ({ id, serverId: server })),
  );
  t.match(await failure(storage.attachVolume({ location, server, volume: name })), { reason: "CONFLICT" });
  t.match(await failure(storage.deleteVolume({ location, nameOrId: volumeId })), { reason: "CONFLICT" });
  t.match(await failure(storage.detachVolume({ location, server, volume: root })), {
    message: /root device/,
  });

  await storage.detachVolume({ location, server: name, volume: name });
  const free = await storage.waitForVolumeStatus({ location, nameOrId: volumeId });
  t.match(free.volume, { status: VolumeStatus.AVAILABLE, attachments: [] });
  t.match(await failure(storage.attachVolume({ location, server, volume: "no-such" })), {
    reason: "NOT_FOUND",
  });

  await compute.deleteServer({ location, nameOrId: server });
  await compute.waitForServerStatus({ location, nameOrId: server, status: ServerStatus.DELETED });
  await storage.waitForVolumeStatus({ location, nameOrId: root, status: VolumeStatus.DELETED });
  serves(t, "attach_volume", "detach_volume");
});

contract("a server boots from a volume that is there, with another beside", async (t, world) => {
  const { client, location, unique } = world;
  const compute = client(ComputeService);
  const storage = client(BlockStorageService);
  const [boot, data] = [unique("boot"), unique("data")];
  for (const request of [
    { name: boot, image: "lab-small" },
    { name: data, sizeGib: 1n },
  ]) {
    const { volume } = await storage.createVolume({ location, ...request });
    t.teardown(async () => {
      await storage.waitForVolumeStatus({ location, nameOrId: volume?.id ?? "" }).catch(() => {});
      await storage.deleteVolume({
        location,
        nameOrId: volume?.id ?? "",
        deleteSnapshots: true,
        allowMissing: true,
      });
    });
    await storage.waitForVolumeStatus({ location, nameOrId: request.name });
  }
  const { server } = await compute.createServer({
    location,
    name: boot,
    flavor: "m1.nano",
    networks: ["private"],
    bootVolume: boot,
    volumes: [data],
  });
  const nameOrId = server?.id ?? "";
  t.teardown(async () => {
    await compute.deleteServer({ location, nameOrId, allowMissing: true });
    await compute.waitForServerStatus({ location, nameOrId, status: ServerStatus.DELETED });
  });
  const { server: active } = await compute.waitForServerStatus({ location, nameOrId });
  t.equal(active?.attachedVolumes.length, 2);
  t.equal(active?.imageId, "");

  const { imageId } = await compute.createImageSnapshot({ location, nameOrId, name: boot });
  t.teardown(() => client(ImageService).deleteImage({ location, nameOrId: imageId, allowMissing: true }));
  const { image } = await compute.waitForImageSnapshot({ location, nameOrId, imageId });
  t.match(image, { id: imageId, name: boot, statusText: "active" });
});
