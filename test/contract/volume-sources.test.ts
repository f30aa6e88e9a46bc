import { BlockStorageService, VolumeStatus } from "../../src/gen/oaktree/v1/block_storage_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

contract("a volume is filled from an image and from another volume", async (t, world) => {
  const { client, location, unique } = world;
  const storage = client(BlockStorageService);
  const name = unique("filled");
  const { volume: first } = await storage.createVolume({ location, name, image: "lab-small" });
  const nameOrId = first?.id ?? "";
  t.teardown(() => storage.deleteVolume({ location, nameOrId, allowMissing: true }));
  t.equal(first?.sizeGib, 1n);
  const { volume } = await storage.waitForVolumeStatus({ location, nameOrId });
  t.match(volume, { isBootable: true, imageMetadata: { image_name: "lab-small", size: "1048576" } });

  const { volume: copy } = await storage.createVolume({ location, sourceVolume: name, sizeGib: 2n });
  const copyId = copy?.id ?? "";
  t.teardown(() => storage.deleteVolume({ location, nameOrId: copyId, allowMissing: true }));
  t.match((await storage.waitForVolumeStatus({ location, nameOrId: copyId })).volume, {
    name: "",
    sourceVolumeId: nameOrId,
    sizeGib: 2n,
    isBootable: true,
  });
  await storage.deleteVolume({ location, nameOrId: copyId });
  // The copy goes first: some back ends keep a volume that others were made from.
  await storage.waitForVolumeStatus({ location, nameOrId: copyId, status: VolumeStatus.DELETED });
  await storage.deleteVolume({ location, nameOrId });
  await storage.waitForVolumeStatus({ location, nameOrId, status: VolumeStatus.DELETED });
});

contract("what cannot be made says why and makes nothing", async (t, { client, location, unique }) => {
  const storage = client(BlockStorageService);
  const name = unique("never");
  const wrong: [object, object][] = [
    [{}, { reason: "INVALID_REQUEST", message: /size/ }],
    [{ image: "lab-small", snapshot: "x" }, { reason: "INVALID_REQUEST" }],
    [{ image: "no-such-image" }, { reason: "NOT_FOUND", metadata: { service: "image" } }],
    [{ snapshot: "no-such" }, { reason: "NOT_FOUND", metadata: { service: "block-storage" } }],
    [{ sourceVolume: "no-such" }, { reason: "NOT_FOUND" }],
    [{ sizeGib: 1n, volumeType: "no-such" }, { reason: "NOT_FOUND" }],
    [{ sizeGib: 1_000_000n }, { reason: "QUOTA_EXCEEDED", message: /quota/i }],
  ];
  for (const [change, expected] of wrong) {
    const call = storage.createVolume({ location, name, ...change });
    t.match(await failure(call), expected, Object.keys(change).join());
  }
  t.strictSame((await storage.listVolumes({ location, nameOrId: name })).volumes, []);
});
