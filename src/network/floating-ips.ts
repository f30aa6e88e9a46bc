import { Fault, isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import { ServerSchema } from "../gen/oaktree/v1/compute_pb.js";
import type { Engine } from "../rest/engine.ts";
import { FloatingIpClient } from "./floating-ip-client.ts";
import { FloatingIpStock, type Given } from "./floating-ip-stock.ts";
import { type FloatingIpChoice, NatChoices } from "./nat-choices.ts";
import { isAttached, isOn, noTarget } from "./nat-targets.ts";
import { networkFault } from "./network-fault.ts";
import type { NetworkViews } from "./network-views.ts";
import { NewFloatingIps } from "./new-floating-ips.ts";
import { requireNeutron } from "./require-neutron.ts";
import { networkConfig } from "./role-config.ts";
import { portsOf } from "./upstream-lists.ts";

/** Times that tests shorten. */
export interface FloatingIpOptions {
  /** Pause before a deletion is repeated, in milliseconds; the second one is twice as long. */
  readonly deletePauseMs?: number;
}

/** Long enough to look up the ports of a server. */
const lookUpMs = 120_000;

/** Long enough for most servers to come up. */
const buildMs = 15 * 60_000;

/**
 * Gives floating IPs to servers, takes them away and deletes them, so that no two
 * calls end with one address on two servers, on whichever Oaktrees they are.
 *
 * An address that is made is made on the port, which Neutron does in one step: of
 * several such calls one gets 201 and the others 409. One that exists is attached in
 * two, under a claim that all Oaktrees see ({@link AddressMarks}).
 */
export class FloatingIps {
  /** The calls that Neutron has. */
  readonly calls: FloatingIpClient;
  /** The project's addresses, and who may choose among them. */
  readonly stock: FloatingIpStock;
  /** Those that are made for no server, or as a request has it. */
  readonly made: NewFloatingIps;
  readonly #engine: Engine;
  readonly #views: NetworkViews;
  readonly #choices: NatChoices;

  /** Works through the engine's resources. */
  constructor(engine: Engine, views: NetworkViews, { deletePauseMs = 1000 }: FloatingIpOptions = {}) {
    this.#engine = engine;
    this.#views = views;
    this.#choices = new NatChoices(engine, views);
    this.calls = new FloatingIpClient(engine, deletePauseMs);
    this.stock = new FloatingIpStock(this.calls, views);
    this.made = new NewFloatingIps(this.calls, this.stock, this.#choices);
  }

  /**
   * Whether a server needs a floating IP to be reached from outside: it has fixed IPv4
   * addresses only, and there is a network to take one from.
   */
  async needs(server: JsonObject, region: Region, scope: CallScope): Promise<boolean> {
    if (!(await this.#mayNeed(server, region, scope))) {
      return false;
    }
    const targets = await this.#choices.targets(
      await portsOf(String(server.id), region, scope),
      {},
      region,
      scope,
    );
    return targets.length > 0 && (await this.#choices.pools(undefined, region, scope)).length > 0;
  }

  /**
   * Gives a server one floating IP: from the pool that is named, else from the first
   * that its network leads to, if it needs one. Done twice it gives no second one.
   *
   * @returns the floating IP; undefined when the server needs none.
   */
  async addTo(
    server: JsonObject,
    choice: FloatingIpChoice,
    region: Region,
    scope: CallScope,
  ): Promise<Given | undefined> {
    const isWanted = choice.pool !== undefined || choice.fixedAddress !== undefined;
    if (!isWanted && networkConfig(region).floatingIps === "none") {
      return undefined;
    }
    requireNeutron(region);
    if (!isWanted && !(await region.has("network", scope))) {
      return undefined;
    }
    const ports = await portsOf(String(server.id), region, scope);
    const present = await this.#onPorts(ports, region, scope);
    const [first] = present;
    if (!isWanted && first !== undefined) {
      return { raw: first, isNew: false };
    }
    if (!isWanted && !(await this.#mayNeed(server, region, scope))) {
      return undefined;
    }
    const wish = await this.#choices.wish(choice, region, scope);
    const targets = await this.#choices.targets(ports, wish, region, scope);
    const pools = await this.#choices.pools(choice.pool, region, scope);
    if (!isWanted && (targets.length === 0 || pools.length === 0)) {
      return undefined;
    }
    const same = present.find((raw) => isOn(raw, targets) && pools.includes(String(raw.floating_network_id)));
    return same === undefined
      ? this.stock.give(targets, pools, choice.reuse === true, {}, region, scope)
      : { raw: same, isNew: false };
  }

  /** Attaches a floating IP that exists to a server. @throws Fault `CONFLICT` when it is elsewhere. */
  async attachTo(
    serverId: string,
    addressOrId: string,
    choice: FloatingIpChoice,
    region: Region,
    scope: CallScope,
  ): Promise<Given> {
    requireNeutron(region);
    const found = await this.calls.find(addressOrId, region, scope);
    const id = String(found.id);
    if (!isAttached(found)) {
      // Nobody is to reap or reuse it while the port is looked up.
      this.stock.marks.holdHere(id, lookUpMs);
    }
    const targets = await this.#choices.targets(
      await portsOf(serverId, region, scope),
      await this.#choices.wish(choice, region, scope),
      region,
      scope,
    );
    if (targets.length === 0) {
      throw noTarget(serverId, region);
    }
    return this.stock.exclusively(region, scope, async () => {
      const claimed = await this.stock.marks.claimNamed(id, region, scope, async (raw, limited) => {
        if (isOn(raw, targets)) {
          return { raw, isNew: false };
        }
        if (isAttached(raw)) {
          const words = `${raw.floating_ip_address} is on another port, ${raw.port_id}: detach it there first`;
          throw networkFault("CONFLICT", words, region, id);
        }
        return this.stock.attach(raw, targets, region, limited);
      });
      if (claimed.outcome === "gone") {
        throw networkFault("NOT_FOUND", `${found.floating_ip_address} was deleted meanwhile`, region, id);
      }
      return claimed.value;
    });
  }

  /**
   * The ids of floating IPs that the project has; nobody is to reap or reuse them while
   * a server comes up. If one of them is missing, none is held.
   */
  async claim(addressesOrIds: readonly string[], region: Region, scope: CallScope): Promise<string[]> {
    requireNeutron(region);
    const all = await Promise.all(addressesOrIds.map((one) => this.calls.find(one, region, scope)));
    const free = all.filter((raw) => !isAttached(raw));
    await Promise.all(
      free.map(async ({ id, floating_ip_address: address }) => {
        if ((await this.stock.marks.holdNamed(String(id), buildMs, region, scope)) === "gone") {
          throw networkFault("NOT_FOUND", `${address} was deleted meanwhile`, region, String(id));
        }
      }),
    );
    return all.map(({ id }) => String(id));
  }

  /** Attaches floating IPs to a server, none but those of the server's project. Done twice it changes nothing. */
  async addGiven(
    server: JsonObject,
    { ids, ...choice }: { readonly ids: readonly string[]; readonly natDestination?: string },
    region: Region,
    scope: CallScope,
  ): Promise<void> {
    requireNeutron(region);
    for (const id of ids) {
      const raw = await this.calls.get(id, region, scope);
      // An administrator's wait must not give one project's address to another's server.
      if (raw === undefined || (raw.project_id ?? raw.tenant_id) !== server.tenant_id) {
        const words = `the server's project has no floating IP ${id}`;
        throw networkFault("NOT_FOUND", words, region, String(server.id));
      }
      try {
        await this.attachTo(String(server.id), id, choice, region, scope);
      } catch (error) {
        if (!isFault(error)) {
          throw error;
        }
        const metadata = { ...error.metadata, resourceId: String(server.id), floatingIpId: id };
        throw new Fault(error.reason, error.message, { metadata, cause: error });
      }
    }
  }

  /** The floating IPs of a server, also those that Nova does not know of. */
  async ofServer(serverId: string, region: Region, scope: CallScope): Promise<JsonObject[]> {
    return this.#onPorts(await portsOf(serverId, region, scope), region, scope);
  }

  /** Deletes a floating IP and looks whether it is gone. @throws Fault `NOT_FOUND`, `UPSTREAM_ERROR`. */
  async delete(id: string, region: Region, scope: CallScope): Promise<void> {
    await this.calls.delete(id, region, scope);
    this.#views.attached.forget(region);
  }

  /** Takes a floating IP off a server; false when it is not on it. */
  async detachFrom(
    serverId: string,
    addressOrId: string,
    region: Region,
    scope: CallScope,
  ): Promise<boolean> {
    requireNeutron(region);
    const found = await this.calls.find(addressOrId, region, scope);
    return this.stock.exclusively(region, scope, async () => {
      const id = String(found.id);
      const claimed = await this.stock.marks.claimNamed(id, region, scope, async (raw, limited) => {
        const ports = await portsOf(serverId, region, limited);
        if (!ports.some(({ id: portId }) => portId === raw.port_id)) {
          return false;
        }
        await this.calls.attach(id, undefined, region, limited);
        return true;
      });
      return claimed.outcome === "done" && claimed.value;
    });
  }

  /** What the server itself and the configuration say. */
  async #mayNeed(server: JsonObject, region: Region, scope: CallScope): Promise<boolean> {
    const config = networkConfig(region);
    if (config.floatingIps === "none") {
      return false;
    }
    requireNeutron(region);
    if (config.isPrivate || !(await region.has("network", scope))) {
      return false;
    }
    const seen = await this.#engine.resource(ServerSchema).message(server, region, scope);
    return seen.publicV4 === "" && !seen.addresses.some(({ type }) => type === "floating");
  }

  #onPorts(ports: readonly JsonObject[], region: Region, scope: CallScope): Promise<JsonObject[]> {
    const ids = ports.map(({ id }) => String(id));
    return this.calls.onPorts(ids, region, scope);
  }
}
