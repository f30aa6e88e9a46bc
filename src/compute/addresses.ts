import { BlockList, isIP } from "node:net";
import type { Server, ServerAddress } from "../gen/oaktree/v1/compute_pb.js";
import type { NetworkConfig } from "../network/role-config.ts";
import { type NetworkRoles, networksWith } from "../network/roles.ts";

/** What the choice of addresses needs to know of a cloud's networks, by their names. */
export interface AddressRoles {
  /** Networks whose IPv4 addresses are reached from outside. */
  readonly externalV4: ReadonlySet<string>;
  /** Networks whose IPv6 addresses are reached from outside. */
  readonly externalV6: ReadonlySet<string>;
  /** Networks that clouds.yaml says are inside, for IPv4. */
  readonly internalV4: ReadonlySet<string>;
  /** Networks that clouds.yaml says are inside, for IPv6. */
  readonly internalV6: ReadonlySet<string>;
  /** Networks whose address is the one to use. */
  readonly defaultInterface: ReadonlySet<string>;
  /** What clouds.yaml says otherwise. */
  readonly config: Pick<NetworkConfig, "isPrivate" | "forceIpv4" | "usesExternal" | "usesInternal">;
}

/** The addresses of a server that stand for it. Empty where there is none. */
export interface ChosenAddresses {
  readonly publicV4: string;
  readonly publicV6: string;
  readonly privateV4: string;
  readonly interfaceIp: string;
}

/** Brings the roles of networks into the form of {@link chooseAddresses}: Nova knows networks by name. */
export function addressRoles(config: AddressRoles["config"], roles: NetworkRoles): AddressRoles {
  const names = (role: Parameters<typeof networksWith>[1], from = roles) =>
    new Set(networksWith(from, role).map(({ name }) => name));
  const configured = { ...roles, all: roles.all.filter(({ isConfigured }) => isConfigured) };
  return {
    externalV4: names("external-v4"),
    externalV6: names("external-v6"),
    internalV4: names("internal-v4", configured),
    internalV6: names("internal-v6", configured),
    defaultInterface: names("default-interface"),
    config,
  };
}

/**
 * Chooses the addresses by which a server is reached, from what the cloud says of it
 * and the roles of its networks alone; the same before and after a floating IP came.
 * Nothing is probed: who can reach what is a fact about the client.
 */
export function chooseAddresses(
  server: Pick<Server, "addresses" | "accessIpv4" | "accessIpv6">,
  roles: AddressRoles,
): ChosenAddresses {
  const { config } = roles;
  const publicV4 = config.usesExternal ? publicV4Of(server, roles) : "";
  const publicV6 = config.forceIpv4 ? "" : publicV6Of(server, roles);
  const privateV4 = config.usesInternal ? privateV4Of(server, roles, publicV4) : "";
  const preferred = server.addresses.filter(({ network }) => roles.defaultInterface.has(network));
  const interfaceIp =
    first(preferred.filter(({ ipVersion }) => ipVersion === 4)) ||
    (config.forceIpv4 ? "" : first(preferred)) ||
    (config.isPrivate ? privateV4 : "") ||
    publicV4 ||
    publicV6 ||
    privateV4;
  return { publicV4, publicV6, privateV4, interfaceIp };
}

/**
 * An address on an external network goes before a floating one, since it was there
 * first: attaching a floating IP must not change what a server is known by.
 */
function publicV4Of(
  { addresses, accessIpv4 }: Pick<Server, "addresses" | "accessIpv4">,
  { externalV4, internalV4 }: AddressRoles,
): string {
  const v4 = addresses.filter(({ ipVersion }) => ipVersion === 4);
  const fixed = v4.filter(({ type }) => type !== "floating");
  return (
    accessIpv4 ||
    first(fixed.filter(({ network }) => externalV4.has(network))) ||
    first(v4.filter(({ type }) => type === "floating")) ||
    first(fixed.filter(({ network }) => network === "public" && !internalV4.has(network))) ||
    first(fixed.filter(({ network, address }) => !internalV4.has(network) && !isInside(address)))
  );
}

function publicV6Of(
  { addresses, accessIpv6 }: Pick<Server, "addresses" | "accessIpv6">,
  { externalV6, internalV6 }: AddressRoles,
): string {
  const v6 = addresses.filter(({ ipVersion }) => ipVersion === 6);
  return (
    accessIpv6 ||
    first(v6.filter(({ network }) => externalV6.has(network))) ||
    first(v6.filter(({ network, address }) => !internalV6.has(network) && !isInside(address)))
  );
}

function privateV4Of(
  { addresses }: Pick<Server, "addresses">,
  { externalV4, internalV4 }: AddressRoles,
  publicV4: string,
): string {
  const v4 = addresses.filter(({ ipVersion }) => ipVersion === 4);
  const floating = v4.filter(({ type }) => type === "floating");
  const inside = v4.filter(
    ({ type, network, address }) =>
      type !== "floating" && !externalV4.has(network) && (address !== publicV4 || internalV4.has(network)),
  );
  // Behind a floating IP only the port that it belongs to counts.
  const behind = inside.filter(({ macAddress }) =>
    floating.some((address) => address.macAddress === macAddress),
  );
  const candidates = behind.length > 0 ? behind : inside;
  return first(candidates.filter(({ network }) => internalV4.has(network))) || first(candidates);
}

function first(addresses: readonly ServerAddress[]): string {
  return addresses[0]?.address ?? "";
}

/**
 * What is not routed on the internet: RFC 1918, RFC 4193, loopback and link local.
 * Carrier-grade NAT (RFC 6598) counts as public, as in shade.
 */
const insideRanges = new BlockList();
for (const [address, prefix] of [
  ["10.0.0.0", 8],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
] as const) {
  insideRanges.addSubnet(address, prefix, "ipv4");
}
for (const [address, prefix] of [
  ["fc00::", 7],
  ["fe80::", 10],
  ["::1", 128],
] as const) {
  insideRanges.addSubnet(address, prefix, "ipv6");
}

function isInside(address: string): boolean {
  const version = isIP(address);
  return version === 0 || insideRanges.check(address, version === 4 ? "ipv4" : "ipv6");
}
