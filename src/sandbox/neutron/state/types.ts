import type { World } from "../../core/world.ts";

/** A network. */
export interface Network {
  readonly id: string;
  readonly projectId: string;
  readonly createdAt: number;
  name: string;
  description: string;
  adminUp: boolean;
  readonly external: boolean;
  shared: boolean;
  mtu: number;
}

/** A subnet, IPv4. */
export interface Subnet {
  readonly id: string;
  readonly projectId: string;
  readonly networkId: string;
  readonly createdAt: number;
  name: string;
  description: string;
  readonly cidr: string;
  readonly first: number;
  readonly last: number;
  gateway: string | null;
  dhcp: boolean;
  dnsNameservers: readonly string[];
  hostRoutes: readonly { destination: string; nexthop: string }[];
  /** Addresses in use, as numbers. */
  readonly used: Set<number>;
  /** Where to look for the next free address. */
  next: number;
}

/** A port. */
export interface Port {
  /** Whether it may be used; absent for yes. */
  adminUp?: boolean | undefined;
  readonly id: string;
  readonly projectId: string;
  readonly networkId: string;
  readonly createdAt: number;
  updatedAt: number;
  name: string;
  readonly mac: string;
  description: string;
  readonly fixedIps: readonly { subnetId: string; address: string }[];
  securityGroups: readonly string[];
  deviceId: string;
  deviceOwner: string;
  hostname: string;
}

/** A router. Its interfaces are the ports whose device it is. */
export interface Router {
  readonly id: string;
  readonly projectId: string;
  readonly createdAt: number;
  updatedAt: number;
  name: string;
  description: string;
  adminUp: boolean;
  gateway: Gateway | undefined;
  routes: { destination: string; nexthop: string }[];
}

/** A router's way out of the cloud. */
export interface Gateway {
  readonly networkId: string;
  readonly subnetId: string;
  readonly address: string;
  readonly snat: boolean;
}

/** A floating IP. */
export interface FloatingIp {
  readonly id: string;
  readonly projectId: string;
  readonly createdAt: number;
  updatedAt: number;
  readonly networkId: string;
  readonly subnetId: string;
  readonly address: string;
  description: string;
  readonly tags: Set<string>;
  /** What it leads to. */
  at: { readonly portId: string; readonly fixedAddress: string; readonly routerId: string } | undefined;
}

/** A security group. */
export interface SecurityGroup {
  readonly id: string;
  readonly projectId: string;
  readonly createdAt: number;
  updatedAt: number;
  name: string;
  description: string;
  stateful: boolean;
  rules: SecurityGroupRule[];
}

/** A rule of a security group. */
export interface SecurityGroupRule {
  readonly id: string;
  readonly createdAt: number;
  readonly description: string | null;
  readonly direction: string;
  readonly ethertype: string;
  readonly protocol: string | null;
  readonly portMin: number | null;
  readonly portMax: number | null;
  readonly remotePrefix: string | null;
  readonly remoteGroup: string | null;
}

/** What Neutron holds: at most 2,000 networks, routers and security groups, 50,000 ports and floating IPs. */
export interface NeutronState extends World {
  readonly networks: Map<string, Network>;
  readonly subnets: Map<string, Subnet>;
  readonly ports: Map<string, Port>;
  readonly securityGroups: Map<string, SecurityGroup>;
  readonly routers: Map<string, Router>;
  readonly floatingIps: Map<string, FloatingIp>;
}

/** Neutron without a network. */
export function neutronState(): Omit<NeutronState, keyof World> {
  return {
    networks: new Map(),
    subnets: new Map(),
    ports: new Map(),
    securityGroups: new Map(),
    routers: new Map(),
    floatingIps: new Map(),
  };
}
