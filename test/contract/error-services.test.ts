// The same cases at each service, as its real one answers them.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { stringify } from "yaml";
import type { Reason } from "../../src/cloud/fault.ts";
import { BlockStorageService } from "../../src/gen/oaktree/v1/block_storage_pb.js";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { ImageService } from "../../src/gen/oaktree/v1/image_pb.js";
import { NetworkService } from "../../src/gen/oaktree/v1/network_pb.js";
import { ObjectStoreService } from "../../src/gen/oaktree/v1/object_store_pb.js";
import { closedOrigin } from "../support/closed-origin.ts";
import { failure } from "../support/faults.ts";
import { type ClientOf, oaktreeBefore } from "../support/oaktree-before.ts";
import { objectUpload, ownContainer } from "../support/transfers.ts";
import { contract, openstackContract, type World } from "../support/worlds.ts";

/** One call that only reads, by the service that it asks. */
function reads({ location, unique }: World, client: ClientOf): Record<string, () => Promise<unknown>> {
  const none = { location, nameOrId: unique("none") };
  return {
    compute: () => client(ComputeService).getServer(none),
    network: () => client(NetworkService).getNetwork(none),
    image: () => client(ImageService).getImage(none),
    "block-storage": () => client(BlockStorageService).getVolume(none),
    "object-store": () => client(ObjectStoreService).getContainer({ location, name: none.nameOrId }),
  };
}

contract("what is not there", async (t, world) => {
  for (const [service, read] of Object.entries(reads(world, world.client))) {
    t.equal((await failure(read())).reason, "NOT_FOUND", service);
  }
});

contract("what is wrong in the eyes of a service", async (t, { client, location, unique }) => {
  const network = client(NetworkService);
  const { network: own } = await network.createNetwork({ location, name: unique("wrong") });
  const id = own?.id ?? "";
  t.teardown(() => network.deleteNetwork({ location, nameOrId: id, allowMissing: true }));
  const refusals: Record<string, () => Promise<unknown>> = {
    network: () => network.createSubnet({ location, network: id, cidr: "10.0.0.0/33", ipVersion: 4 }),
    image: () =>
      client(ImageService).createImage({
        location,
        image: { name: unique("wrong"), diskFormat: "floppy" },
      }),
  };
  for (const [service, call] of Object.entries(refusals)) {
    const error = await failure(call());
    t.equal(error.reason, "UPSTREAM_BAD_REQUEST" satisfies Reason, `${service}: ${error.message}`);
    t.match(error.metadata, { service, upstreamStatus: "400" });
  }
});

contract("what a policy forbids", async (t, { client, location, unique }) => {
  const error = await failure(
    client(ImageService).createImage({
      location,
      image: { name: unique("public"), diskFormat: "raw", visibility: "public" },
    }),
  );
  t.equal(error.reason, "FORBIDDEN", error.message);
  t.match(error.metadata, { service: "image", upstreamStatus: "403" });
});

contract("what something else still needs", async (t, { client, location, unique }) => {
  const objects = client(ObjectStoreService);
  const container = await ownContainer(t, objects, location, unique("full"));
  await objects.uploadObject(objectUpload(location, { container, name: "a" }, [Buffer.from("a")]));
  const error = await failure(objects.deleteContainer({ location, nameOrId: container }));
  t.equal(error.reason, "CONFLICT", error.message);
  t.match(error.metadata, { service: "object-store", upstreamStatus: "409" });
});

openstackContract("a quota of Nova's that is used up", async (t, { client, location, unique }) => {
  const compute = client(ComputeService);
  const made: string[] = [];
  t.teardown(async () => {
    for (const nameOrId of made) {
      await compute.deleteServerGroup({ location, nameOrId, allowMissing: true });
    }
  });
  // Nova's own limit is ten.
  for (let count = 0; count < 100; count++) {
    const call = compute.createServerGroup({ location, name: unique("many"), policy: "affinity" });
    const { serverGroup } = await call.catch(() => ({ serverGroup: undefined }));
    if (serverGroup === undefined) {
      const error = await failure(call);
      t.equal(error.reason, "QUOTA_EXCEEDED", error.message);
      t.match(error.metadata, { service: "compute", upstreamStatus: "403" });
      return;
    }
    made.push(serverGroup.id);
  }
  t.fail("there was no end to them");
});

contract("each service in turn is down, or answers as a web server does", async (t, world) => {
  const web = createServer((_request, response) => response.end("<html>welcome to nginx</html>"));
  web.listen(0, "127.0.0.1");
  await once(web, "listening");
  t.teardown(() => {
    web.close();
    web.closeAllConnections();
  });
  const nonsense = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  const all = Object.keys(reads(world, world.client)).filter((service) => service !== "object-store");
  for (const service of all) {
    const key = `${service.replace("-", "_")}_endpoint_override`;
    const before = (url: string) =>
      oaktreeBefore(t, stringify({ clouds: { demo: { ...world.clouds.demo, [key]: url } } }), {
        backoffMs: 1,
      });
    const down = reads(world, await before(`${closedOrigin}/`));
    t.equal((await failure(down[service]?.() ?? Promise.resolve())).reason, "UPSTREAM_UNAVAILABLE", service);
    for (const other of all.filter((one) => one !== service)) {
      t.equal((await failure(down[other]?.() ?? Promise.resolve())).reason, "NOT_FOUND", `${other} goes on`);
    }
    const garbled = reads(world, await before(`${nonsense}/`));
    t.equal((await failure(garbled[service]?.() ?? Promise.resolve())).reason, "UPSTREAM_GARBAGE", service);
  }
});
