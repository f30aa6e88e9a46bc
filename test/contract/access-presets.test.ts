// The presets of API users, held by the real services to what they promise.
import type { Test } from "tap";
import { AccessService, ApiUserAccess } from "../../src/gen/oaktree/v1/access_pb.js";
import { BlockStorageService, VolumeStatus } from "../../src/gen/oaktree/v1/block_storage_pb.js";
import { ComputeService, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { ObjectStoreService } from "../../src/gen/oaktree/v1/object_store_pb.js";
import { failure } from "../support/faults.ts";
import { oauthOaktree } from "../support/oauth.ts";
import { contract, type World } from "../support/worlds.ts";

/** Clients of an API user with a preset. */
async function apiUser(t: Test, world: World, access: ApiUserAccess) {
  const { location } = world;
  const persons = world.client(AccessService);
  const { apiUser, secret } = await persons.createApiUser({ location, name: world.unique("preset"), access });
  const id = apiUser?.id ?? "";
  t.teardown(() => persons.deleteApiUser({ location, nameOrId: id, allowMissing: true }));
  const oaktree = await oauthOaktree(t, world);
  const client = await oaktree.signedIn({ id, secret });
  const clean = (name: string) => async () => {
    await world
      .client(ComputeService)
      .deleteServer({ location, nameOrId: name, allowMissing: true, wait: true });
    await world.client(ImageService).deleteImage({ location, nameOrId: name, allowMissing: true });
    await world.client(BlockStorageService).deleteVolume({ location, nameOrId: name, allowMissing: true });
  };
  const name = world.unique("preset");
  t.teardown(clean(name));
  const refused = async (what: string, call: Promise<unknown>) => {
    const { reason, message } = await failure(call);
    t.equal(reason, "FORBIDDEN", what);
    t.match(message, /access rule/, what);
  };
  return { client, name, refused, oaktree, pair: { id, secret } };
}

const image = { diskFormat: "raw", containerFormat: "bare" };
const data = new Uint8Array(1024);

contract("the preset read-only", async (t, world) => {
  const { client, name, refused, oaktree, pair } = await apiUser(t, world, ApiUserAccess.READ_ONLY);
  await client(ComputeService).listServers({});
  await client(NetworkService).listNetworks({});
  await client(BlockStorageService).listVolumes({});
  await client(ImageService).listImages({});
  await client(ObjectStoreService).listContainers({});
  await client(AccessService).listApiUsers({});
  await refused("server", client(ComputeService).createKeypair({ name }));
  await refused("image", client(ImageService).createImage({ image: { name, ...image }, data }));
  await refused("network", client(NetworkService).createNetwork({ name }));
  await refused("volume", client(BlockStorageService).createVolume({ name, sizeGib: 1n }));
  await refused("container", client(ObjectStoreService).createContainer({ name }));

  const { json } = await oaktree.login(pair);
  t.equal((await oaktree.post("/oauth/revoke", { token: json.access_token })).status, 200);
  t.match(await oaktree.call("ListFlavors", json.access_token), { status: 401 }, "its token can be ended");
});

contract("the preset images", async (t, world) => {
  const { client, name, refused } = await apiUser(t, world, ApiUserAccess.IMAGES);
  const made = await client(ImageService).createImage({ image: { name, ...image }, data });
  const id = made.image?.id ?? "";
  await client(ImageService).updateImage({ nameOrId: id, minRamMib: 64n });
  let bytes = 0;
  for await (const { part } of client(ImageService).downloadImage({ nameOrId: id })) {
    bytes += part.case === "data" ? part.value.length : 0;
  }
  t.equal(bytes, data.length);
  await client(ImageService).deleteImage({ nameOrId: id });
  await refused("server", client(ComputeService).listServers({}));
  await refused("network", client(NetworkService).listNetworks({}));
  await refused("volume", client(BlockStorageService).listVolumes({}));
});

contract("the preset servers", async (t, world) => {
  const { client, name, refused } = await apiUser(t, world, ApiUserAccess.SERVERS);
  const { server } = await client(ComputeService).createServer({
    name,
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
    autoIp: true,
  });
  const nameOrId = server?.id ?? "";
  const up = await client(ComputeService).waitForServerStatus({ nameOrId });
  t.match(up.server, { statusText: "ACTIVE", publicV4: /^172\.24\./ }, "with a floating IP");
  const { volume } = await client(BlockStorageService).createVolume({ name, sizeGib: 1n });
  const volumeId = volume?.id ?? "";
  await client(BlockStorageService).waitForVolumeStatus({ nameOrId: volumeId });
  await client(BlockStorageService).attachVolume({ server: nameOrId, volume: volumeId });
  await client(ComputeService).deleteServer({ nameOrId, deleteIps: true });
  await client(ComputeService).waitForServerStatus({ nameOrId, status: ServerStatus.DELETED });
  await client(BlockStorageService).deleteVolume({ nameOrId: volumeId });
  await client(BlockStorageService).waitForVolumeStatus({ nameOrId: volumeId, status: VolumeStatus.DELETED });
  await refused("image", client(ImageService).createImage({ image: { name, ...image }, data }));
  await refused("network", client(NetworkService).createNetwork({ name }));
  await refused("container", client(ObjectStoreService).listContainers({}));
});
