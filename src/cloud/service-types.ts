/** How a service's versions are found and its microversions are asked for. */
interface ServiceType {
  /** Other names in catalogues and configuration keys; a catalogue's entry is looked for in this order. */
  readonly aliases?: readonly string[];
  /** Major version that Oaktree speaks. Absent: the endpoint is used as it is. */
  readonly major?: number;
  /** Last segment of the versioned endpoint, where discovery cannot tell. */
  readonly segment?: string;
  /** Word in `OpenStack-API-Version`. Absent: the service has no microversions. */
  readonly microversions?: string;
  /** The header from before `OpenStack-API-Version`. */
  readonly legacyHeader?: string;
}

/**
 * The service types of https://service-types.openstack.org with what is known of
 * their versions. A type that is not here is used by its catalogue URL alone.
 */
const types: Readonly<Record<string, ServiceType>> = {
  identity: { major: 3, segment: "v3" },
  compute: {
    major: 2,
    segment: "v2.1",
    microversions: "compute",
    legacyHeader: "x-openstack-nova-api-version",
  },
  image: { major: 2, segment: "v2" },
  network: { major: 2, segment: "v2.0" },
  "block-storage": {
    aliases: ["volumev3", "block-store", "volume", "volumev2"],
    major: 3,
    segment: "v3",
    microversions: "volume",
  },
  "object-store": {},
  placement: { microversions: "placement" },
  orchestration: { major: 1, segment: "v1" },
  dns: { major: 2, segment: "v2" },
  "load-balancer": { major: 2, segment: "v2.0" },
  "key-manager": { major: 1, segment: "v1", microversions: "key-manager" },
  baremetal: {
    aliases: ["bare-metal"],
    major: 1,
    segment: "v1",
    microversions: "baremetal",
    legacyHeader: "x-openstack-ironic-api-version",
  },
  "baremetal-introspection": {
    major: 1,
    segment: "v1",
    legacyHeader: "x-openstack-ironic-inspector-api-version",
  },
  "container-infrastructure-management": {
    aliases: ["container-infra", "container-infrastructure"],
    major: 1,
    segment: "v1",
    microversions: "container-infra",
  },
  "shared-file-system": {
    aliases: ["sharev2", "share"],
    major: 2,
    segment: "v2",
    microversions: "shared-file-system",
    legacyHeader: "x-openstack-manila-api-version",
  },
  accelerator: { major: 2, segment: "v2", microversions: "accelerator" },
};

const official = new Map<string, string>();
for (const [type, { aliases = [] }] of Object.entries(types)) {
  for (const name of [type, ...aliases]) {
    official.set(name, type);
  }
}

/** The official type of a service: `volumev3` and `block-store` are both `block-storage`. */
export function officialType(name: string): string {
  return official.get(name) ?? name;
}

/** Whether the name is a service type or an alias that Oaktree knows. */
export function isServiceType(name: string): boolean {
  return official.has(name);
}

/** The names under which catalogues list the service, the best first. */
export function catalogueTypes(service: string): readonly string[] {
  const type = officialType(service);
  const aliases = types[type]?.aliases ?? [];
  // Cinder alone was listed once for each version; `volumev3` is the one that is surely v3.
  return type === "block-storage" ? ["volumev3", type, ...aliases.slice(1)] : [type, ...aliases];
}

/** What is known of the service's versions. */
export function versionsOf(service: string): ServiceType {
  return types[officialType(service)] ?? {};
}
