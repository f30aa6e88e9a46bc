import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../../src/cloud/json.ts";
import type { Upstream } from "../support/upstream.ts";

/** Longest wait for servers to go, in milliseconds. */
const goneMs = 120_000;

/** The servers of a run in a user's project, as Nova lists them. */
export function serversOf(upstream: Upstream, prefix: string): Promise<JsonObject[]> {
  return upstream.list("compute", `/servers/detail?name=${encodeURIComponent(`^${prefix}`)}`);
}

/** Their ids, but for those that Nova lists for a while though it has begun to delete them. */
export async function idsOf(upstream: Upstream, prefix: string): Promise<unknown[]> {
  const servers = await serversOf(upstream, prefix);
  return servers.filter((server) => server["OS-EXT-STS:task_state"] !== "deleting").map(({ id }) => id);
}

/**
 * The ids as soon as there are so many: a server that is deleted while it is still being scheduled
 * stays in Nova's list until the conductor has noticed.
 */
export async function settledIds(upstream: Upstream, prefix: string, number: number): Promise<unknown[]> {
  const until = Date.now() + goneMs;
  let ids = await idsOf(upstream, prefix);
  while (ids.length > number && Date.now() < until) {
    await delay(200);
    ids = await idsOf(upstream, prefix);
  }
  return ids;
}

/** The floating IPs of a server's ports, as Neutron lists them. */
export async function floatingIpsOf(upstream: Upstream, serverId: string): Promise<JsonObject[]> {
  const ports = await upstream.list("network", `/v2.0/ports?device_id=${serverId}`);
  const found = ports.map(({ id }) => upstream.list("network", `/v2.0/floatingips?port_id=${id}`));
  return (await Promise.all(found)).flat();
}

/** Removes the servers of a run and their floating IPs, whatever happened to its Oaktrees. */
export async function removeServers(upstream: Upstream, prefix: string): Promise<void> {
  const until = Date.now() + goneMs;
  let left = await serversOf(upstream, prefix);
  for (const { id } of left) {
    for (const address of await floatingIpsOf(upstream, String(id))) {
      await upstream.send("network", "DELETE", `/v2.0/floatingips/${address.id}`);
    }
    await upstream.send("compute", "DELETE", `/servers/${id}`);
  }
  while (left.length > 0 && Date.now() < until) {
    await delay(200);
    left = await serversOf(upstream, prefix);
  }
}

/** Removes all floating IPs of a project. */
export async function removeFloatingIps(upstream: Upstream): Promise<void> {
  const path = `/v2.0/floatingips?project_id=${upstream.projectId}`;
  for (const { id } of await upstream.list("network", path)) {
    await upstream.send("network", "DELETE", `/v2.0/floatingips/${id}`);
  }
}

/** Makes a network with one subnet; the answer removes it. */
export async function addNetwork(upstream: Upstream, name: string) {
  const network = await upstream.make("network", "/v2.0/networks", { network: { name } });
  const subnet = await upstream.make("network", "/v2.0/subnets", {
    subnet: { name, network_id: String(network.id), ip_version: 4, cidr: "10.77.0.0/24" },
  });
  return {
    id: String(network.id),
    subnetId: String(subnet.id),
    remove: () => upstream.send("network", "DELETE", `/v2.0/networks/${network.id}`),
  };
}

/** Makes a project of the administrator's, in which `user` is a member, with a network behind a router. */
export async function addProject(admin: Upstream, name: string, user: string) {
  const project = await admin.make("identity", "/projects", { project: { name, domain_id: "default" } });
  const [{ id: userId } = {}] = await admin.list("identity", `/users?name=${user}`);
  const [{ id: roleId } = {}] = await admin.list("identity", "/roles?name=member");
  await admin.send("identity", "PUT", `/projects/${project.id}/users/${userId}/roles/${roleId}`);
  return {
    id: String(project.id),
    remove: () => admin.send("identity", "DELETE", `/projects/${project.id}`),
  };
}

/** Joins a network to the first external one; the answer undoes it. */
export async function addRouter(upstream: Upstream, name: string, subnetId: string) {
  const [external] = await upstream.list("network", "/v2.0/networks?router:external=True");
  const gateway = { network_id: String(external?.id) };
  const router = await upstream.make("network", "/v2.0/routers", {
    router: { name, external_gateway_info: gateway },
  });
  const join = (action: string) =>
    upstream.send("network", "PUT", `/v2.0/routers/${router.id}/${action}_router_interface`, {
      subnet_id: subnetId,
    });
  await join("add");
  return {
    remove: async () => {
      await join("remove");
      await upstream.send("network", "DELETE", `/v2.0/routers/${router.id}`);
    },
  };
}
