import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { FloatingIpClient } from "./floating-ip-client.ts";
import type { FloatingIpStock, Given } from "./floating-ip-stock.ts";
import type { FloatingIpChoice, NatChoices } from "./nat-choices.ts";
import { natTargets, noTarget } from "./nat-targets.ts";
import { requireNeutron } from "./require-neutron.ts";
import { portsOf } from "./upstream-lists.ts";

/** Makes floating IPs for whoever asks for one, rather than for a server that needs one. */
export class NewFloatingIps {
  readonly #calls: FloatingIpClient;
  readonly #stock: FloatingIpStock;
  readonly #choices: NatChoices;

  /** Makes them by Neutron's calls, or takes those of the stock. */
  constructor(calls: FloatingIpClient, stock: FloatingIpStock, choices: NatChoices) {
    this.#calls = calls;
    this.#stock = stock;
    this.#choices = choices;
  }

  /** A floating IP that is attached to nothing, held for the caller; made where there is none. */
  async available(pool: string | undefined, region: Region, scope: CallScope): Promise<Given> {
    requireNeutron(region);
    const pools = await this.#choices.requiredPools(pool, region, scope);
    return this.#stock.take(pools, region, scope);
  }

  /** Makes one that is attached to nothing. */
  async unattached(
    pool: string | undefined,
    more: JsonObject,
    region: Region,
    scope: CallScope,
  ): Promise<Given> {
    requireNeutron(region);
    const [poolId] = await this.#choices.requiredPools(pool, region, scope);
    const raw = await this.#calls.create(poolId as string, undefined, more, region, scope);
    return { raw, isNew: true };
  }

  /** Makes one on a server's port, or on the port that is given as it came. */
  async onPort(
    where: { readonly serverId: string } | { readonly port: JsonObject },
    choice: FloatingIpChoice,
    more: JsonObject,
    region: Region,
    scope: CallScope,
  ): Promise<Given> {
    requireNeutron(region);
    const wish = await this.#choices.wish(choice, region, scope);
    const targets =
      "port" in where
        ? natTargets([where.port], wish, [])
        : await this.#choices.targets(await portsOf(where.serverId, region, scope), wish, region, scope);
    const pools = await this.#choices.requiredPools(choice.pool, region, scope);
    if (targets.length === 0) {
      throw noTarget("port" in where ? String(where.port.id) : where.serverId, region);
    }
    return this.#stock.give(targets, pools, choice.reuse === true, more, region, scope);
  }
}
