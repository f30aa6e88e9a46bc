import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import { NetworkSchema } from "../gen/oaktree/v1/network_pb.js";
import type { Engine } from "../rest/engine.ts";
import { type NatTarget, type NatWish, natTargets } from "./nat-targets.ts";
import { networkFault } from "./network-fault.ts";
import type { NetworkViews } from "./network-views.ts";
import { type NetworkRoles, networksWith } from "./roles.ts";
import { listAll } from "./upstream-lists.ts";

/** Which floating IP is wanted. */
export interface FloatingIpChoice {
  /** Name or id of the network to take it from. Absent: as the roles of networks say. */
  readonly pool?: string;
  /** Name or id of the network on which it ends. Absent: as the roles of networks say. */
  readonly natDestination?: string;
  /** The fixed address that it leads to. Absent: the first IPv4 address. */
  readonly fixedAddress?: string;
  /** Whether one that the project has and does not use will do. */
  readonly reuse?: boolean;
}

/** Chooses where floating IPs come from and where they end, as requests and the roles of networks say. */
export class NatChoices {
  readonly #engine: Engine;
  readonly #views: NetworkViews;

  /** Looks names up through the engine. */
  constructor(engine: Engine, views: NetworkViews) {
    this.#engine = engine;
    this.#views = views;
  }

  /** The addresses of a server's ports that a floating IP can lead to, in the order in which they are tried. */
  async targets(
    ports: readonly JsonObject[],
    wish: NatWish,
    region: Region,
    scope: CallScope,
  ): Promise<NatTarget[]> {
    const { roles } = await this.#views.roles.get(region, scope);
    checkRole(roles, region);
    const preferred = networksWith(roles, "nat-destination").map(({ id }) => id);
    const isConfigured = roles.all.some((one) => one.role === "nat-destination" && one.isConfigured);
    const own = natTargets(ports, wish, preferred);
    const configured = own.filter(({ networkId }) => preferred.includes(networkId));
    // What clouds.yaml says holds where it can; a server that is on one other network only is no reason to fail.
    return isConfigured && wish.natDestination === undefined && configured.length > 0 ? configured : own;
  }

  /** Ids of the networks to take addresses from, in the order in which they are tried. */
  async pools(named: string | undefined, region: Region, scope: CallScope): Promise<string[]> {
    if (named !== undefined) {
      return [await this.#engine.find(NetworkSchema.typeName, named, region, scope)];
    }
    const { config, roles } = await this.#views.roles.get(region, scope);
    checkRole(roles, region);
    const sources = networksWith(roles, "nat-source").map(({ id }) => id);
    if (sources.length > 0 || config.networks.some(({ natSource }) => natSource)) {
      return sources;
    }
    // A way out that the caller may not see as a network is still named by the project's router.
    const routers = await listAll("routers", { admin_state_up: "True" }, region, scope);
    return routers
      .map(({ external_gateway_info: gateway }) => gateway)
      .filter((gateway): gateway is JsonObject => typeof gateway === "object" && gateway !== null)
      .map(({ network_id: id }) => String(id));
  }

  /** The same. @throws Fault `CONFLICT` where there is none. */
  async requiredPools(named: string | undefined, region: Region, scope: CallScope): Promise<string[]> {
    const pools = await this.pools(named, region, scope);
    if (pools.length === 0) {
      throw networkFault("CONFLICT", `${region.cloud} has no network to take floating IPs from`, region);
    }
    return pools;
  }

  /** What a choice asks of the target. @throws Fault `NOT_FOUND`, `AMBIGUOUS_NAME`. */
  async wish(choice: FloatingIpChoice, region: Region, scope: CallScope): Promise<NatWish> {
    const { natDestination, fixedAddress } = choice;
    const id =
      natDestination && (await this.#engine.find(NetworkSchema.typeName, natDestination, region, scope));
    return { natDestination: id, fixedAddress };
  }
}

function checkRole(roles: NetworkRoles, region: Region): void {
  const [name] = roles.ambiguous;
  if (name !== undefined) {
    throw networkFault(
      "CLOUD_MISCONFIGURED",
      `clouds.yaml: several networks of ${region.cloud} have the name ${name}: use the id of one of them`,
      region,
    );
  }
}
