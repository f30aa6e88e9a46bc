import { randomBytes, randomUUID } from "node:crypto";
import { ipNumber, ipText, subnetsOf, takeAddress } from "./addresses.ts";
import { floatingIpsOf } from "./floating-ips.ts";
import type { Network, NeutronState, Port, Subnet } from "./types.ts";

/** Adds a network. */
export function addNetwork(
  world: NeutronState,
  {
    external = false,
    shared = false,
    mtu = 1450,
    description = "",
    ...rest
  }: {
    projectId: string;
    name: string;
    description?: string;
    external?: boolean;
    shared?: boolean;
    mtu?: number;
  },
): Network {
  const network = {
    id: randomUUID(),
    createdAt: world.timeline.now(),
    external,
    shared,
    mtu,
    description,
    adminUp: true,
    ...rest,
  };
  world.networks.set(network.id, network);
  return network;
}

/** Adds an IPv4 subnet; its first address is the gateway's. */
export function addSubnet(
  world: NeutronState,
  network: Network,
  rest: Pick<Subnet, "name" | "cidr" | "dhcp" | "dnsNameservers"> & Partial<Subnet>,
): Subnet {
  const [address = "", bits = "24"] = rest.cidr.split("/");
  const size = 2 ** (32 - Number(bits));
  const base = Math.floor(ipNumber(address) / size) * size;
  const subnet: Subnet = {
    id: randomUUID(),
    projectId: network.projectId,
    networkId: network.id,
    createdAt: world.timeline.now(),
    first: base + 2,
    last: base + size - 2,
    used: new Set(),
    next: base + 2,
    description: "",
    gateway: ipText(base + 1),
    hostRoutes: [],
    ...rest,
  };
  world.subnets.set(subnet.id, subnet);
  return subnet;
}

/** Adds a port, with an address from the network's first subnet unless it comes with one. Undefined when none is free. */
export function addPort(
  world: NeutronState,
  network: Network,
  rest: {
    projectId: string;
    name?: string;
    description?: string;
    fixedIps?: { subnetId: string; address: string }[];
    securityGroups?: string[];
    deviceId?: string;
    deviceOwner?: string;
    hostname?: string;
  },
): Port | undefined {
  let fixedIps = rest.fixedIps;
  if (fixedIps === undefined) {
    const [subnet] = subnetsOf(world, network.id);
    const address = subnet && takeAddress(subnet);
    if (subnet !== undefined && address === undefined) {
      return undefined;
    }
    fixedIps = subnet === undefined || address === undefined ? [] : [{ subnetId: subnet.id, address }];
  }
  for (const { subnetId, address } of fixedIps) {
    world.subnets.get(subnetId)?.used.add(ipNumber(address));
  }
  const groups = [...world.securityGroups.values()];
  const [a, b, c] = randomBytes(3);
  const port: Port = {
    id: randomUUID(),
    projectId: rest.projectId,
    networkId: network.id,
    createdAt: world.timeline.now(),
    updatedAt: world.timeline.now(),
    name: rest.name ?? "",
    description: rest.description ?? "",
    mac: `fa:16:3e:${[a, b, c].map((byte) => (byte ?? 0).toString(16).padStart(2, "0")).join(":")}`,
    fixedIps,
    securityGroups:
      rest.securityGroups ??
      groups
        .filter((group) => group.projectId === rest.projectId && group.name === "default")
        .map((group) => group.id),
    deviceId: rest.deviceId ?? "",
    deviceOwner: rest.deviceOwner ?? "",
    hostname: rest.hostname ?? "",
  };
  world.ports.set(port.id, port);
  return port;
}

/** Removes a port and frees its addresses. */
export function removePort(world: NeutronState, port: Port): void {
  world.ports.delete(port.id);
  for (const floatingIp of floatingIpsOf(world, port.id)) {
    floatingIp.at = undefined;
  }
  for (const { subnetId, address } of port.fixedIps) {
    world.subnets.get(subnetId)?.used.delete(ipNumber(address));
  }
}
