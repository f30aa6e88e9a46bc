import { isObject, type JsonObject } from "../cloud/json.ts";
import type { ConfiguredNetwork, NetworkConfig } from "./role-config.ts";

/** What a network is for. */
export type Role =
  | "external-v4"
  | "external-v6"
  | "internal-v4"
  | "internal-v6"
  | "nat-source"
  | "nat-destination"
  | "default-interface";

/** That a network has a role, and why. */
export interface RoleReason {
  /** The network. */
  readonly network: { readonly id: string; readonly name: string };
  /** Its role. */
  readonly role: Role;
  /** Whether clouds.yaml says so. */
  readonly isConfigured: boolean;
  /** Why, in words for people. */
  readonly reason: string;
}

/** The roles of all networks that a caller sees. */
export interface NetworkRoles {
  /** All roles, each with its reason. NAT sources stand in the order in which they are tried. */
  readonly all: readonly RoleReason[];
  /** Configured names or ids that fit none of the networks. */
  readonly unknown: readonly string[];
  /** Configured names that fit several networks, though the role can have one only. */
  readonly ambiguous: readonly string[];
}

/**
 * Works out what each network is for. Nothing but what every user sees of a network
 * counts: attributes of provider networks are shown to administrators only, and roles
 * that depend on them would give the same server other addresses for them.
 *
 * @param subnets Where they are not given, no NAT destination is inferred.
 */
export function networkRoles(
  config: Pick<NetworkConfig, "networks">,
  networks: readonly JsonObject[],
  subnets: readonly JsonObject[] = [],
): NetworkRoles {
  const sorted = oldestFirst(networks);
  const configured = config.networks.map((entry) => ({
    entry,
    found: sorted.filter((raw) => fits(raw, entry)),
  }));
  const entryOf = (raw: JsonObject) => configured.find(({ found }) => found.includes(raw))?.entry;
  const all = [
    ...sorted.flatMap((raw) => wayRoles(raw, entryOf(raw))),
    ...natSources(sorted, config.networks),
    ...natDestinations(sorted, subnets, config.networks),
    ...configuredRoles(sorted, config.networks, "defaultInterface", "default-interface", "default_interface"),
  ];
  const single = ({ natSource, natDestination, defaultInterface }: ConfiguredNetwork) =>
    natSource || natDestination || defaultInterface;
  return {
    all,
    unknown: configured.filter(({ found }) => found.length === 0).map(({ entry }) => entry.name),
    ambiguous: configured
      .filter(({ entry, found }) => found.length > 1 && single(entry))
      .map(({ entry }) => entry.name),
  };
}

/** The networks of a role. */
export function networksWith(roles: NetworkRoles, role: Role): RoleReason["network"][] {
  return roles.all.filter((one) => one.role === role).map(({ network }) => network);
}

function fits(raw: JsonObject, { name }: ConfiguredNetwork): boolean {
  return raw.name === name || raw.id === name;
}

/** Every network is external or internal, for each version of IP by itself. */
function wayRoles(raw: JsonObject, entry: ConfiguredNetwork | undefined): RoleReason[] {
  const leadsOut = raw["router:external"] === true;
  return (["v4", "v6"] as const).map((version) => {
    const isExternal =
      entry === undefined ? leadsOut : version === "v4" ? entry.externalV4 : entry.externalV6;
    const routes = `${isExternal ? "routes" : "does not route"} IP${version} externally`;
    return {
      network: named(raw),
      role: `${isExternal ? "external" : "internal"}-${version}`,
      isConfigured: entry !== undefined,
      reason: entry === undefined ? `router:external is ${leadsOut}` : `clouds.yaml: ${entry.name} ${routes}`,
    };
  });
}

/** Configured, else all external ones: the cloud's own default first, then the oldest. */
function natSources(networks: readonly JsonObject[], config: readonly ConfiguredNetwork[]): RoleReason[] {
  if (config.some(({ natSource }) => natSource)) {
    return configuredRoles(networks, config, "natSource", "nat-source", "nat_source");
  }
  return networks
    .filter((raw) => raw["router:external"] === true)
    .toSorted((a, b) => Number(b.is_default === true) - Number(a.is_default === true))
    .map((raw) => ({
      network: named(raw),
      role: "nat-source",
      isConfigured: false,
      reason: `router:external is true${raw.is_default === true ? ", and it is the cloud's default" : ""}`,
    }));
}

/** Configured, else the project's oldest network inside of the cloud that has an IPv4 gateway. */
function natDestinations(
  networks: readonly JsonObject[],
  subnets: readonly JsonObject[],
  config: readonly ConfiguredNetwork[],
): RoleReason[] {
  if (config.some(({ natDestination }) => natDestination)) {
    return configuredRoles(networks, config, "natDestination", "nat-destination", "nat_destination");
  }
  const withGateway = new Set(
    subnets
      .filter(({ gateway_ip: gateway, ip_version: version }) => version === 4 && isText(gateway))
      .map(({ network_id }) => network_id),
  );
  const fitting = networks
    .filter((raw) => raw["router:external"] !== true && withGateway.has(raw.id ?? null))
    .toSorted((a, b) => Number(a.shared === true) - Number(b.shared === true));
  const [first] = fitting;
  if (first === undefined) {
    return [];
  }
  const others = fitting.length === 1 ? "the only network" : `the first of ${fitting.length} networks`;
  return [
    {
      network: named(first),
      role: "nat-destination",
      isConfigured: false,
      reason: `${others} inside of the cloud with an IPv4 gateway (the project's own before shared ones, then the oldest)`,
    },
  ];
}

function configuredRoles(
  networks: readonly JsonObject[],
  config: readonly ConfiguredNetwork[],
  flag: "natSource" | "natDestination" | "defaultInterface",
  role: Role,
  key: string,
): RoleReason[] {
  return config
    .filter((entry) => entry[flag])
    .flatMap((entry) =>
      networks
        .filter((raw) => fits(raw, entry))
        .map((raw) => ({
          network: named(raw),
          role,
          isConfigured: true,
          reason: `clouds.yaml: ${entry.name} has ${key}`,
        })),
    );
}

/** In an order that is the same for every caller, however the cloud lists. */
function oldestFirst(networks: readonly JsonObject[]): JsonObject[] {
  const key = (raw: JsonObject) => `${raw.created_at ?? ""} ${raw.id}`;
  return networks.filter(isObject).toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function named(raw: JsonObject): RoleReason["network"] {
  return { id: String(raw.id), name: String(raw.name ?? "") };
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
