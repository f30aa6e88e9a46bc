import { Fault } from "../cloud/fault.ts";
import { isObject, type JsonObject, type JsonValue } from "../cloud/json.ts";
import type { Region } from "../cloud/region.ts";

/** What clouds.yaml says of one network. */
export interface ConfiguredNetwork {
  /** Name or id. */
  readonly name: string;
  /** Whether its IPv4 addresses are reached from outside of the cloud. */
  readonly externalV4: boolean;
  /** Whether its IPv6 addresses are reached from outside of the cloud. */
  readonly externalV6: boolean;
  /** Whether floating IPs are taken from it. */
  readonly natSource: boolean;
  /** Whether floating IPs end on it. */
  readonly natDestination: boolean;
  /** Whether the address of a server on it is the one to use. */
  readonly defaultInterface: boolean;
}

/** What clouds.yaml says of the networks and addresses of a cloud. */
export interface NetworkConfig {
  /** Networks with roles. */
  readonly networks: readonly ConfiguredNetwork[];
  /** Where floating IPs come from. `none`: the cloud has none. */
  readonly floatingIps: "neutron" | "nova" | "none";
  /** `private`: the callers are inside of the cloud. */
  readonly isPrivate: boolean;
  /** `force_ipv4`: IPv6 addresses are not used. */
  readonly forceIpv4: boolean;
  /** `use_external_network: false`: servers have no public IPv4 address. */
  readonly usesExternal: boolean;
  /** `use_internal_network: false`: servers have no private IPv4 address. */
  readonly usesInternal: boolean;
}

/**
 * Reads what a cloud's entry of clouds.yaml says of networks; the keys are those of
 * openstacksdk and shade.
 *
 * @throws Fault `CLOUD_MISCONFIGURED` naming the key.
 */
export function networkConfig(region: Pick<Region, "cloud" | "name" | "settings">): NetworkConfig {
  const { settings } = region;
  const wrong: Wrong = (key, what) =>
    new Fault("CLOUD_MISCONFIGURED", `clouds.yaml: ${key} of ${region.cloud} ${what}`, {
      metadata: { cloud: region.cloud, region: region.name },
    });
  const flag = (key: string, otherwise: boolean) => booleanOf(settings[key], key, otherwise, wrong);
  const networks = configuredNetworks(settings, wrong);
  for (const [key, role] of [
    ["nat_destination", "natDestination"],
    ["nat_source", "natSource"],
    ["default_interface", "defaultInterface"],
  ] as const) {
    if (networks.filter((network) => network[role]).length > 1) {
      throw wrong("networks", `gives ${key} to more than one network`);
    }
  }
  return {
    networks,
    floatingIps: sourceOf(settings.floating_ip_source, wrong),
    isPrivate: flag("private", false),
    forceIpv4: flag("force_ipv4", false),
    usesExternal: flag("use_external_network", true),
    usesInternal: flag("use_internal_network", true),
  };
}

type Wrong = (key: string, what: string) => Fault;

function configuredNetworks(
  settings: Readonly<Record<string, JsonValue>>,
  wrong: Wrong,
): ConfiguredNetwork[] {
  const { networks = null, external_network: external, internal_network: internal } = settings;
  const old = [
    ...(typeof external === "string" && external !== ""
      ? [{ name: external, routes_externally: true, default_interface: true }]
      : []),
    ...(typeof internal === "string" && internal !== ""
      ? [{ name: internal, routes_externally: false, nat_destination: true }]
      : []),
  ];
  if (networks !== null && old.length > 0) {
    throw wrong("networks", "cannot stand beside external_network or internal_network");
  }
  const listed = networks ?? old;
  if (!Array.isArray(listed)) {
    throw wrong("networks", "must be a list");
  }
  return listed.map((entry, index) => {
    if (!isObject(entry) || typeof entry.name !== "string" || entry.name === "") {
      throw wrong(`networks[${index}]`, "must have a name");
    }
    return configuredNetwork(entry, entry.name, `networks[${index}]`, wrong);
  });
}

function configuredNetwork(entry: JsonObject, name: string, at: string, wrong: Wrong): ConfiguredNetwork {
  const flag = (key: string, otherwise: boolean) => booleanOf(entry[key], `${at}.${key}`, otherwise, wrong);
  const external = flag("routes_externally", false);
  return {
    name,
    externalV4: flag("routes_ipv4_externally", external),
    externalV6: flag("routes_ipv6_externally", external),
    natSource: flag("nat_source", false),
    natDestination: flag("nat_destination", false),
    defaultInterface: flag("default_interface", false),
  };
}

function booleanOf(value: JsonValue | undefined, key: string, otherwise: boolean, wrong: Wrong): boolean {
  if (value === undefined || value === null || value === "") {
    return otherwise;
  }
  // Values that come from variables of the environment are text.
  const word = typeof value === "string" ? value.toLowerCase() : value;
  if (word !== true && word !== false && word !== "true" && word !== "false") {
    throw wrong(key, "must be true or false");
  }
  return word === true || word === "true";
}

/** Absent is Neutron; null, `None` and nothing at all stand for a cloud without floating IPs. */
function sourceOf(value: JsonValue | undefined, wrong: Wrong): NetworkConfig["floatingIps"] {
  if (value === undefined) {
    return "neutron";
  }
  const word = value === null ? "none" : String(value).toLowerCase();
  switch (word) {
    case "neutron":
    case "nova":
      return word;
    case "none":
    case "":
      return "none";
    default:
      throw wrong("floating_ip_source", "must be neutron, nova or None");
  }
}
