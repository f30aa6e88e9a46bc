// Clouds that lack what others have: networks of their own, floating IPs, new versions, discovery.
import { ComputeService, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { ObjectStoreService } from "../../src/gen/oaktree/v1/object_store_pb.js";
import { failure } from "../support/faults.ts";
import type { World } from "../support/worlds.ts";
import { withQuirks } from "./with-quirks.ts";

/** A server's way to ACTIVE and away. */
async function life({ client, location, unique }: World, more: object = {}) {
  const compute = client(ComputeService);
  const nameOrId = unique("life");
  await compute.createServer({ location, name: nameOrId, image: "lab-small", flavor: "m1.nano", ...more });
  const { server } = await compute.waitForServerStatus({ location, nameOrId });
  await compute.deleteServer({ location, nameOrId });
  await compute.waitForServerStatus({ location, nameOrId, status: ServerStatus.DELETED });
  return server;
}

withQuirks(
  "a server on the provider's network needs no floating IP",
  ["provider-networks"],
  async (t, world) => {
    const server = await life(world, { autoIp: true });
    t.match(server, { statusText: "ACTIVE", publicV4: /^203\.0\.1/ });
    const { floatingIps } = await world.client(NetworkService).listFloatingIps({ location: world.location });
    t.strictSame(floatingIps, []);
  },
);

withQuirks(
  "where there are no floating IPs, a server is reached inside",
  ["no-floating-ips"],
  async (t, world) => {
    t.match(await life(world), { statusText: "ACTIVE", privateV4: /^10\.10\./, publicV4: "" });
    const { client, location } = world;
    const { reason } = await failure(client(NetworkService).createFloatingIp({ location }));
    t.match(reason, /^[A-Z_]+$/);
    t.not(reason, "INTERNAL");
  },
);

withQuirks(
  "without Neutron the rest works, and Neutron's is told",
  ["no-network-service"],
  async (t, world) => {
    const { client, location } = world;
    t.ok((await client(ComputeService).listFlavors({ location })).flavors.length > 0);
    const { reason } = await failure(client(NetworkService).createNetwork({ location, name: "x" }));
    t.equal(reason, "SERVICE_NOT_AVAILABLE");
  },
);

withQuirks("images of another format are refused in the cloud's words", ["raw-only"], async (t, world) => {
  const { client, location, unique } = world;
  const images = client(ImageService);
  const data = Buffer.from("QFI\xfb", "latin1");
  const image = { name: unique("format"), diskFormat: "qcow2" };
  t.match(await failure(images.createImage({ location, image, data })), {
    reason: "UPSTREAM_BAD_REQUEST",
    message: /is not one of \[None, 'raw'\]/,
  });
  t.ok((await images.createImage({ location, image: { ...image, diskFormat: "raw" }, data })).image);
});

withQuirks(
  "where images come by tasks, an upload is refused and leaves nothing",
  ["task-uploads"],
  async (t, world) => {
    const { client, location, unique } = world;
    const images = client(ImageService);
    const image = { name: unique("tasks"), diskFormat: "raw" };
    const data = Buffer.from("bytes");
    t.match(await failure(images.createImage({ location, image, data })), {
      reason: "FORBIDDEN",
      message: /not authorized to complete upload_image/,
    });
    t.strictSame((await images.listImages({ location, nameOrId: image.name })).images, []);
  },
);

for (const version of ["2.1", "2.37", "2.60"]) {
  withQuirks("a server lives on an old Nova", [`microversions=${version}`], async (t, world) => {
    t.match(await life(world, { networks: ["private"] }), { statusText: "ACTIVE" });
  });
}

withQuirks("without discovery the catalogue is enough", ["no-discovery"], async (t, world) => {
  const { client, location } = world;
  t.match(await life(world, { networks: ["private"] }), { statusText: "ACTIVE" });
  const { segmentSizeBytes } = await client(ObjectStoreService).getObjectSegmentSize({ location });
  t.ok(segmentSizeBytes > 0n);
});
