import type { CinderState } from "../cinder/state.ts";
import type { World } from "../core/world.ts";
import type { GlanceState } from "../glance/state.ts";
import type { KeystoneState } from "../keystone/state.ts";
import type { NeutronState } from "../neutron/state/types.ts";

/** A flavor. */
export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly ram: number;
  readonly vcpus: number;
  readonly disk: number;
}

/** A keypair. It belongs to a user. */
export interface Keypair {
  readonly id: number;
  readonly userId: string;
  readonly name: string;
  readonly type: "ssh" | "x509";
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly createdAt: number;
}

/** A server. */
export interface Server {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly createdAt: number;
  /** Rises with each server: tells apart what was created in the same second. */
  readonly serial: number;
  readonly reservationId: string;
  flavor: Flavor;
  /** Empty when it boots from a volume. */
  imageId: string;
  readonly keyName: string | null;
  readonly configDrive: string;
  readonly userData: string | null;
  readonly diskConfig: string;
  readonly launchIndex: number;
  updatedAt: number;
  name: string;
  hostname: string;
  description: string | null;
  accessIPv4: string;
  accessIPv6: string;
  vmState: VmState;
  taskState: string | null;
  powerState: number;
  host: string | null;
  zone: string;
  launchedAt: number | null;
  terminatedAt: number | null;
  metadata: Record<string, string>;
  tags: string[];
  /** Ids of its ports; those in `ownPorts` go away with it. */
  ports: string[];
  ownPorts: Set<string>;
  /** Whether its addresses can be seen. */
  plugged: boolean;
  /** The volumes that it has, in the order of attaching. */
  disks: Disk[];
  locked: { reason: string | null } | undefined;
  /** The flavor before a resize that waits for a yes. */
  oldFlavor: Flavor | undefined;
  /** Id of its server group. */
  groupId: string | undefined;
  fault: { message: string; at: number; listed: boolean } | undefined;
}

/** A volume that a server has, as Nova knows it. */
export interface Disk {
  readonly volumeId: string;
  readonly attachmentId: string;
  readonly mappingId: string;
  readonly device: string;
  readonly tag: string | null;
  readonly deleteOnTermination: boolean;
}

/** What Nova's database says of a machine. */
export type VmState =
  | "building"
  | "active"
  | "paused"
  | "suspended"
  | "stopped"
  | "rescued"
  | "resized"
  | "shelved"
  | "shelved_offloaded"
  | "error"
  | "deleted";

/** A group of servers. */
export interface ServerGroup {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string;
  readonly policy: string;
  readonly maxServerPerHost: number | undefined;
}

/** How much one project, and for keypairs one user, may have. */
export interface Quota {
  readonly instances: number;
  readonly cores: number;
  readonly ram: number;
  readonly keyPairs: number;
}

/**
 * What Nova holds: 20,000 servers (of deleted ones the newest 6,000 at most are
 * kept for changes-since lists); keypairs and server groups by the quotas.
 */
export interface NovaState extends World {
  /** What projects have that are not given another. */
  readonly quota: Quota;
  /** Quotas of projects that were. */
  readonly quotas: Map<string, Quota>;
  readonly flavors: Map<string, Flavor>;
  readonly keypairs: Map<string, Keypair>;
  /** In the order of creation. */
  readonly servers: Map<string, Server>;
  readonly serverGroups: Map<string, ServerGroup>;
  /** How many servers were deleted since the start. */
  deletions: number;
}

/** What Nova works with: it reaches into the other services without asking them by HTTP. */
export type NovaWorld = NovaState & CinderState & GlanceState & NeutronState & KeystoneState;

/** How much a project may have. */
export function quotaOf({ quota, quotas }: NovaState, projectId: string): Quota {
  return quotas.get(projectId) ?? quota;
}

/** Nova without a server. */
export function novaState(quota: Quota): Omit<NovaState, keyof World> {
  return {
    quota,
    quotas: new Map(),
    flavors: new Map(),
    keypairs: new Map(),
    servers: new Map(),
    serverGroups: new Map(),
    deletions: 0,
  };
}

/** Memory of the one compute host in MiB: a flavor with more fits nowhere. */
export const hostRam = 32 * 1024 * 1024;
