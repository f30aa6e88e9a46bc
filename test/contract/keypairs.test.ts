import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import { contract } from "../support/worlds.ts";

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJZzN9g0mV7dE0oJ7kqk3y2gQzq0W9r6m9b2b9bJc7hX oaktree";

contract(
  "a keypair is imported, listed, found and deleted",
  async (t, { client, location, unique, serves }) => {
    const compute = client(ComputeService);
    const name = unique("key");
    const { keypair, privateKey } = await compute.createKeypair({ location, name, publicKey });
    t.teardown(() => compute.deleteKeypair({ location, nameOrId: name, allowMissing: true }));
    t.match(keypair, {
      id: name,
      name,
      type: "ssh",
      publicKey,
      fingerprint: /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/,
    });
    t.equal(privateKey, "");
    t.match((await compute.getKeypair({ location, nameOrId: name })).keypair, { name, publicKey });
    t.match((await compute.listKeypairs({ location, nameOrId: name })).keypairs, [{ name, publicKey }]);
    t.match(await failure(compute.createKeypair({ location, name, publicKey })), {
      reason: "ALREADY_EXISTS",
    });
    await compute.deleteKeypair({ location, nameOrId: name });
    t.match(await failure(compute.getKeypair({ location, nameOrId: name })), { reason: "NOT_FOUND" });
    t.match(await failure(compute.deleteKeypair({ location, nameOrId: name })), { reason: "NOT_FOUND" });
    await compute.deleteKeypair({ location, nameOrId: name, allowMissing: true });
    serves(t, "create_keypair", "get_keypair", "list_keypairs", "search_keypairs", "delete_keypair");
  },
);

contract("what is no key, and clouds that make none, say so", async (t, { client, location, unique }) => {
  const compute = client(ComputeService);
  for (const key of ["not a key", ""]) {
    t.match(await failure(compute.createKeypair({ location, name: unique("bad"), publicKey: key })), {
      reason: "UPSTREAM_BAD_REQUEST",
      metadata: { service: "compute", upstreamStatus: "400" },
    });
  }
});

contract("a keypair's name cannot lead elsewhere", async (t, { client, location }) => {
  const compute = client(ComputeService);
  for (const nameOrId of ["../servers", "..", "a/b", "x?y"]) {
    t.match(await failure(compute.deleteKeypair({ location, nameOrId })), { reason: "NOT_FOUND" }, nameOrId);
  }
});
