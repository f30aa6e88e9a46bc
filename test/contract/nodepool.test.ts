import { createHash, randomBytes } from "node:crypto";
import { ComputeService, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { failure } from "../support/faults.ts";
import { imageUpload } from "../support/transfers.ts";
import { contract } from "../support/worlds.ts";

// What the OpenStack driver of nodepool (nodepool/driver/openstack/provider.py) calls,
// in its order, and every attribute that it reads, by the names that it has here.

contract("a nodepool provider learns what its cloud has", async (t, { client, location }) => {
  const compute = client(ComputeService);
  const zones = (await compute.listAvailabilityZones({ location })).availabilityZones;
  t.match(zones, [{ name: /./, isAvailable: true }]);
  const { computeLimits } = await compute.getComputeLimits({ location });
  for (const limit of ["maxTotalInstances", "maxTotalCores", "maxTotalRamMib"] as const) {
    t.type(computeLimits?.[limit], "bigint", `${limit}; -1 is no limit`);
  }
  const { flavors } = await compute.listFlavors({ location });
  for (const { id, name, ramMib, vcpus } of flavors) {
    t.ok(id !== "" && name !== "" && ramMib > 0n && vcpus > 0, "a flavor has what its choice needs");
  }
  const { network } = await client(NetworkService).getNetwork({ location, nameOrId: "private" });
  t.match(network?.id, /^[0-9a-f-]{36}$/);
});

contract("a nodepool image is uploaded with its build's mark, listed and deleted", async (t, world) => {
  const { client, location, unique } = world;
  const images = client(ImageService);
  const bytes = randomBytes(200_000);
  const digest = (algorithm: string) => createHash(algorithm).update(bytes).digest("hex");
  const nodepoolBuildId = unique("build");
  const image = {
    name: unique("nodepool"),
    diskFormat: "raw",
    containerFormat: "bare",
    md5: digest("md5"),
    sha256: digest("sha256"),
    properties: { nodepool_build_id: nodepoolBuildId, nodepool_provider_name: "lab" },
  };
  const made = (await images.uploadImage(imageUpload(location, image, [bytes]))).image;
  const nameOrId = made?.id ?? "";
  t.teardown(() => images.deleteImage({ location, nameOrId, allowMissing: true }));
  const { images: listed } = await images.listImages({
    location,
    jmespath: `properties.nodepool_build_id == '${nodepoolBuildId}'`,
  });
  t.match(listed, [{ id: nameOrId, properties: { nodepool_build_id: nodepoolBuildId } }]);
  await images.deleteImage({ location, nameOrId });
  t.match(await failure(images.getImage({ location, nameOrId })), { reason: "NOT_FOUND" });
});

contract("a nodepool node lives its whole life", async (t, { client, location, unique }) => {
  const [compute, network] = [client(ComputeService), client(NetworkService)];
  const flavor = (await compute.listFlavors({ location })).flavors.find(({ name }) => name === "m1.nano");
  const image = (await client(ImageService).getImage({ location, nameOrId: "lab-small" })).image?.id ?? "";
  const net = (await network.getNetwork({ location, nameOrId: "private" })).network?.id ?? "";
  const name = unique("np");
  const metadata = { nodepool_provider_name: "lab", nodepool_node_id: "0000000001" };
  const { server } = await compute.createServer({
    location,
    name,
    image,
    flavor: flavor?.id ?? "",
    configDrive: true,
    availabilityZone: "nova",
    securityGroups: ["default"],
    userData: Buffer.from("#cloud-config\n"),
    nics: [{ target: { case: "network", value: net } }],
    metadata,
    autoIp: true,
  });
  const nameOrId = server?.id ?? "";
  t.teardown(() => compute.deleteServer({ location, nameOrId, allowMissing: true, deleteIps: true }));
  const up = (await compute.waitForServerStatus({ location, nameOrId })).server;
  t.match(up, {
    id: nameOrId,
    name,
    status: ServerStatus.ACTIVE,
    statusText: "ACTIVE",
    hostId: /./,
    location: { zone: "nova", cloud: location.cloud, region: location.region },
    metadata,
    flavor: { id: flavor?.id, name: "m1.nano", ramMib: flavor?.ramMib, vcpus: flavor?.vcpus },
    privateV4: /^10\./,
    publicV4: /^172\./,
  });
  t.equal(up?.interfaceIp, up?.publicV4);
  t.equal(up?.publicV6, "");
  const { servers } = await compute.listServers({ location });
  const own = servers.filter((one) => one.metadata.nodepool_node_id === metadata.nodepool_node_id);
  t.ok(
    own.some(({ id }) => id === nameOrId),
    "nodepool tells its own by their metadata",
  );
  // A console that cannot be had is no error to nodepool, which keeps it with a failed launch.
  const console = await compute.getServerConsole({ location, nameOrId }).catch(() => undefined);
  t.ok(console === undefined || typeof console.output === "string");
  const { deletedFloatingIps } = await compute.deleteServer({
    location,
    nameOrId,
    deleteIps: true,
    wait: true,
  });
  t.strictSame(deletedFloatingIps, [up?.publicV4]);
  t.match(await failure(compute.getServer({ location, nameOrId })), { reason: "NOT_FOUND" });
});

contract("nodepool tells refusals apart, and finds what leaked", async (t, { client, location, unique }) => {
  const [compute, network] = [client(ComputeService), client(NetworkService)];
  const base = { location, name: unique("np"), flavor: "m1.nano", networks: ["private"], image: "lab-small" };
  const bad = await failure(compute.createServer({ ...base, availabilityZone: "no-such-zone" }));
  t.match(bad, { reason: "UPSTREAM_BAD_REQUEST" }, "forget what was cached of the cloud");
  const { server } = await compute.createServer({ ...base, flavor: "m1.toobig" });
  const failed = await failure(compute.waitForServerStatus({ location, nameOrId: server?.id ?? "" }));
  t.match(
    failed,
    { reason: "SERVER_FAULT", metadata: { resourceId: server?.id } },
    "the id is there to delete it by",
  );
  const { ports } = await network.listPorts({ location, filters: { status: "DOWN" } });
  for (const port of ports) {
    t.equal(port.status, "DOWN");
    t.type(port.deviceOwner, "string", "nodepool deletes those of nobody and of compute:*");
  }
  await network.deleteUnattachedFloatingIps({ location, dryRun: true });
  t.match(await failure(network.deletePort({ location, nameOrId: unique("port") })), { reason: "NOT_FOUND" });
});
