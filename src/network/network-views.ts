import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import { KeptRead } from "../watch/kept-read.ts";
import { withExternalFlag } from "./external-flag.ts";
import { type NetworkConfig, networkConfig } from "./role-config.ts";
import { type NetworkRoles, networkRoles } from "./roles.ts";
import { listAll } from "./upstream-lists.ts";

/** Networks hardly ever change their roles, and every list of servers needs them. */
const rolesKeptForMs = 60_000;

/** All who wait for servers of a project see each state at the same moment, and need the list then. */
const floatingIpsKeptForMs = 2000;

/** A cloud's configuration and the roles that its networks have for one caller. */
export interface KnownRoles {
  /** What clouds.yaml says. */
  readonly config: NetworkConfig;
  /** The roles. */
  readonly roles: NetworkRoles;
}

/** What answers about servers need of Neutron, shared by all calls of this process. */
export class NetworkViews {
  /** The roles of networks. @throws Fault `CLOUD_MISCONFIGURED`, and Neutron's faults. */
  readonly roles = new KeptRead<KnownRoles>(rolesKeptForMs, readRoles);
  /** The floating IPs that are attached to something. */
  readonly attached = new KeptRead<JsonObject[]>(floatingIpsKeptForMs, readAttached);
}

/** The roles as they are now. */
export async function readRoles(region: Region, scope: CallScope): Promise<KnownRoles> {
  const config = networkConfig(region);
  const infersDestination = !config.networks.some(({ natDestination }) => natDestination);
  const [networks, subnets] = await Promise.all([
    listAll("networks", {}, region, scope).then((networks) => withExternalFlag(networks, region, scope)),
    infersDestination ? listAll("subnets", { ip_version: "4" }, region, scope) : [],
  ]);
  const flagged = await withExternalFlag(networks, region, scope);
  return { config, roles: networkRoles(config, flagged, subnets) };
}

/**
 * Clouds before Rocky do not tell the port's details (extension fip-port-details);
 * then they are put together from the list of ports.
 */
async function readAttached(region: Region, scope: CallScope): Promise<JsonObject[]> {
  const all = await listAll("floatingIps", {}, region, scope);
  const attached = all.filter((raw) => typeof raw.port_id === "string" && raw.port_id !== "");
  if (attached.every((raw) => raw.port_details !== undefined && raw.port_details !== null)) {
    return attached;
  }
  const ports = new Map((await listAll("ports", {}, region, scope)).map((port) => [port.id, port]));
  return attached.map((raw) => {
    const { device_id = null, mac_address = null } = ports.get(raw.port_id ?? null) ?? {};
    return { ...raw, port_details: raw.port_details ?? { device_id, mac_address } };
  });
}
