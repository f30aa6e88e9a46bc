// What the services answer, and what becomes of it.
import { BlockStorageService } from "../../src/gen/oaktree/v1/block_storage_pb.js";
import { ComputeService, ServerStatus } from "../../src/gen/oaktree/v1/compute_pb.js";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { failure } from "../support/faults.ts";
import { produces } from "../support/produces.ts";
import { contract } from "../support/worlds.ts";

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJZzN9g0mV7dE0oJ7kqk3y2gQzq0W9r6m9b2b9bJc7hX oaktree";

contract("requests that are wrong in themselves", async (t, { client, location }) => {
  const compute = client(ComputeService);
  produces(t, "INVALID_REQUEST", await failure(compute.getFlavor({ location })));
  produces(t, "PAGE_TOKEN_INVALID", await failure(compute.listFlavors({ location, pageToken: "x" })));
  produces(t, "JMESPATH_INVALID", await failure(compute.listFlavors({ location, jmespath: "[" })));
  produces(t, "LOCATION_UNKNOWN", await failure(compute.listFlavors({ location: { cloud: "nowhere" } })));
  produces(t, "LOCATION_REQUIRED", await failure(compute.createKeypair({ name: "x" })));
});

contract("refusals of the services", async (t, { client, location, unique }) => {
  const compute = client(ComputeService);
  const network = client(NetworkService);
  const missing = await failure(compute.getServer({ location, nameOrId: unique("none") }));
  produces(t, "NOT_FOUND", missing);

  const name = unique("key");
  t.teardown(() => compute.deleteKeypair({ location, nameOrId: name, allowMissing: true }));
  await compute.createKeypair({ location, name, publicKey });
  const taken = await failure(compute.createKeypair({ location, name, publicKey }));
  produces(t, "ALREADY_EXISTS", taken);
  t.match(taken.metadata, { service: "compute", upstreamStatus: "409", upstreamRequestId: /^req-/ });

  const inUse = await failure(network.deleteSecurityGroup({ location, nameOrId: "default" }));
  produces(t, "CONFLICT", inUse);
  t.match(inUse.metadata, { service: "network", upstreamStatus: "409" });

  const twice = unique("twice");
  const made = [
    await network.createSecurityGroup({ location, name: twice }),
    await network.createSecurityGroup({ location, name: twice }),
  ].map(({ securityGroup }) => securityGroup?.id ?? "");
  t.teardown(() => Promise.all(made.map((nameOrId) => network.deleteSecurityGroup({ location, nameOrId }))));
  const ambiguous = await failure(network.deleteSecurityGroup({ location, nameOrId: twice }));
  produces(t, "AMBIGUOUS_NAME", ambiguous);
  t.match(ambiguous.metadata.candidates, made[0] ?? "");

  const wrong = {
    location,
    name: unique("never"),
    image: "lab-small",
    flavor: "m1.nano",
    networks: ["private"],
  };
  const unknownKey = await failure(compute.createServer({ ...wrong, keyName: "no-such-key" }));
  produces(t, "UPSTREAM_BAD_REQUEST", unknownKey);
  t.match(unknownKey.metadata, { service: "compute", upstreamStatus: "400" });

  const quota = await failure(
    client(BlockStorageService).createVolume({ location, name: unique("huge"), sizeGib: 1_000_000n }),
  );
  produces(t, "QUOTA_EXCEEDED", quota);
  t.match(quota.metadata, { service: "block-storage", upstreamStatus: "413" });

  const policy = await failure(network.createNetwork({ location, name: unique("shared"), isShared: true }));
  produces(t, "FORBIDDEN", policy);
  t.match(policy.metadata, { service: "network", upstreamStatus: "403" });
});

contract("images without bytes, and with other bytes", async (t, { client, location, unique }) => {
  const images = client(ImageService);
  const { image } = await images.createImage({
    location,
    image: { name: unique("empty"), diskFormat: "raw" },
  });
  const nameOrId = image?.id ?? "";
  t.teardown(() => images.deleteImage({ location, nameOrId, allowMissing: true }));
  produces(t, "NO_DATA", await failure(images.downloadImage({ location, nameOrId })));
  async function* upload() {
    const described = { name: unique("wrong"), diskFormat: "raw", sha256: "0".repeat(64) };
    yield { location, part: { case: "image" as const, value: described } };
    yield { part: { case: "data" as const, value: new Uint8Array(10) } };
  }
  produces(t, "DATA_MISMATCH", await failure(images.uploadImage(upload())));
});

contract("servers that come to nothing", async (t, { client, location, unique }) => {
  const compute = client(ComputeService);
  const start = async (flavor: string) => {
    const name = unique("fault");
    const { server } = await compute.createServer({
      location,
      name,
      image: "lab-small",
      flavor,
      networks: ["private"],
    });
    const nameOrId = server?.id ?? "";
    t.teardown(() => compute.deleteServer({ location, nameOrId, allowMissing: true }));
    return nameOrId;
  };
  const broken = await failure(compute.waitForServer({ location, nameOrId: await start("m1.toobig") }));
  produces(t, "SERVER_FAULT", broken);

  const nameOrId = await start("m1.nano");
  await compute.waitForServerStatus({ location, nameOrId });
  const wait = compute.waitForServer({ location, nameOrId, status: ServerStatus.PAUSED });
  const messages = wait[Symbol.asyncIterator]();
  await messages.next();
  const ended = failure({ [Symbol.asyncIterator]: () => messages });
  await compute.deleteServer({ location, nameOrId });
  produces(t, "SERVER_DELETED", await ended);
});
