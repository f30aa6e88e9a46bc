import { Code } from "@connectrpc/connect";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { failure } from "../support/faults.ts";
import type { Upstream } from "../support/upstream.ts";
import { floatingIpsOf } from "./leftovers.ts";
import { type Proof, proof } from "./proof.ts";

proof("given addresses are attached by another Oaktree when the first one dies", {}, async (t, world) => {
  const { upstream, network } = await world.scratch();
  const [one, two] = await Promise.all([world.oaktree(), world.oaktree()]);
  const address = await addAddress(upstream);
  const { location, ...request } = serverOn(world, network, "given");
  const { server } = await one
    .client(ComputeService)
    .createServer({ location, ...request, ips: [String(address.floating_ip_address)] });
  await one.kill();
  const nameOrId = server?.id ?? "";
  t.match(server, { pendingSteps: ["ips"] });
  const up = await two.client(ComputeService).waitForServerStatus({ location, nameOrId });
  t.match(up.server, { pendingSteps: [], publicV4: address.floating_ip_address });
  const has = await floatingIpsOf(upstream, nameOrId);
  t.match(has, [{ id: address.id, tags: [] }], "and no mark is left on it");
});

proof("a given address that is elsewhere by then is not taken away from there", {}, async (t, world) => {
  const { upstream, network } = await world.scratch();
  const oaktree = await world.oaktree();
  const compute = oaktree.client(ComputeService);
  const { location, ...request } = serverOn(world, network, "late");
  const other = serverOn(world, network, "first");
  const first = (await compute.createServer(other)).server?.id ?? "";
  await compute.waitForServerStatus({ location, nameOrId: first });
  const address = await addAddress(upstream);
  const ips = [String(address.floating_ip_address)];
  const nameOrId = (await compute.createServer({ location, ...request, ips })).server?.id ?? "";
  // A foreign client, which knows nothing of what Oaktree was told.
  const [port] = await upstream.list("network", `/v2.0/ports?device_id=${first}`);
  const body = { floatingip: { port_id: String(port?.id) } };
  await upstream.send("network", "PUT", `/v2.0/floatingips/${address.id}`, body);
  t.match(await failure(compute.waitForServerStatus({ location, nameOrId })), {
    code: Code.FailedPrecondition,
    reason: "CONFLICT",
    message: /is on another port/,
    metadata: { resourceId: nameOrId, floatingIpId: address.id },
  });
  t.match(await floatingIpsOf(upstream, first), [{ id: address.id }]);
  t.match((await compute.getServer({ location, nameOrId })).server, { pendingSteps: ["ips"] });
});

function serverOn(world: Proof, network: string, name: string) {
  return { ...world.server("scratch", name), networks: [network] };
}

async function addAddress(upstream: Upstream) {
  const [external] = await upstream.list("network", "/v2.0/networks?router:external=True");
  const floatingip = { floating_network_id: String(external?.id) };
  return upstream.make("network", "/v2.0/floatingips", { floatingip });
}
