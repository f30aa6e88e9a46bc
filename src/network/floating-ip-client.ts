import { setTimeout as delay } from "node:timers/promises";
import { isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import { join, path } from "../cloud/path.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import { FloatingIpSchema } from "../gen/oaktree/v1/network_pb.js";
import type { Engine } from "../rest/engine.ts";
import { ambiguous, looksLikeId, missing } from "../rest/names.ts";
import type { ResourceClient } from "../rest/resource-client.ts";
import type { NatTarget } from "./nat-targets.ts";
import { networkFault } from "./network-fault.ts";
import { listAll } from "./upstream-lists.ts";

/** How often a floating IP is asked to go. */
const deleteTries = 3;

/** The calls on floating IPs that Neutron has. */
export class FloatingIpClient {
  readonly #client: ResourceClient<typeof FloatingIpSchema>;
  readonly #pauseMs: number;

  /** Works through the engine's floating IPs. */
  constructor(engine: Engine, pauseMs: number) {
    this.#client = engine.resource(FloatingIpSchema);
    this.#pauseMs = pauseMs;
  }

  /** Finds one by its address or id. @throws Fault `NOT_FOUND` or `AMBIGUOUS_NAME`. */
  async find(addressOrId: string, region: Region, scope: CallScope): Promise<JsonObject> {
    if (looksLikeId(addressOrId)) {
      return (await this.#client.find(addressOrId, region, scope)).raw;
    }
    const { table } = this.#client;
    // Some clouds refuse what is no address, others list nothing.
    const found = /^[\d.]+$/.test(addressOrId)
      ? await listAll("floatingIps", { floating_ip_address: addressOrId }, region, scope)
      : [];
    const [first, ...others] = found.filter((raw) => raw.floating_ip_address === addressOrId);
    if (first === undefined) {
      throw missing(table, addressOrId, region);
    }
    if (others.length > 0) {
      const ids = [first, ...others].map(({ id }) => String(id));
      throw ambiguous(table, addressOrId, ids, region);
    }
    return first;
  }

  /** The floating IP as it is now; undefined when it is gone. */
  async get(id: string, region: Region, scope: CallScope): Promise<JsonObject | undefined> {
    try {
      return await this.#client.get(id, region, scope);
    } catch (error) {
      if (isFault(error, "NOT_FOUND")) {
        return undefined;
      }
      throw error;
    }
  }

  /** The floating IPs of ports. */
  async onPorts(portIds: readonly string[], region: Region, scope: CallScope): Promise<JsonObject[]> {
    const lists = portIds.map((id) => listAll("floatingIps", { port_id: id }, region, scope));
    return (await Promise.all(lists)).flat();
  }

  /** Makes one on a network, on a port if a target is given. */
  async create(
    poolId: string,
    target: NatTarget | undefined,
    more: JsonObject,
    region: Region,
    scope: CallScope,
  ): Promise<JsonObject> {
    const body = { floatingip: { ...more, floating_network_id: poolId, ...bodyOf(target) } };
    const answer = await this.#client.send(
      { method: "POST", path: this.#client.table.path, body },
      region,
      scope,
    );
    return this.#checked(this.#client.objectIn(answer, ["floatingip"], region), target, region);
  }

  /** Puts one on a port, or on none. Neutron takes it from the port that it is on without a word. */
  async attach(
    id: string,
    target: NatTarget | undefined,
    region: Region,
    scope: CallScope,
  ): Promise<JsonObject> {
    const body = { floatingip: target === undefined ? { port_id: null } : bodyOf(target) };
    const answer = await this.#client.send(
      { method: "PUT", path: this.#client.pathOf(id), body },
      region,
      scope,
    );
    return this.#checked(this.#client.objectIn(answer, ["floatingip"], region), target, region);
  }

  /** Adds a tag to those that it has. */
  async tag(id: string, tag: string, region: Region, scope: CallScope): Promise<void> {
    await this.#tagging("PUT", id, tag, region, scope);
  }

  /** Takes a tag off. @throws Fault `NOT_FOUND`. */
  async untag(id: string, tag: string, region: Region, scope: CallScope): Promise<void> {
    await this.#tagging("DELETE", id, tag, region, scope);
  }

  /**
   * Neutron repeats what its database rolls back for a deadlock, but not for single tags
   * (neutron/services/tag/tag_plugin.py: update_tag and delete_tag have no
   * retry_if_session_inactive), so these answer 500 when the address changes at the same time.
   */
  async #tagging(method: "PUT" | "DELETE", id: string, tag: string, region: Region, scope: CallScope) {
    const tagPath = join(this.#client.pathOf(id), path`/tags/${tag}`);
    await this.#client.send({ method, path: tagPath, repeatsErrors: true }, region, scope);
  }

  /**
   * Deletes one and looks whether it is gone: some clouds answer before they delete,
   * or without deleting.
   *
   * @throws Fault `NOT_FOUND`, and `UPSTREAM_ERROR` when it will not go.
   */
  async delete(id: string, region: Region, scope: CallScope): Promise<void> {
    for (let tries = 1; tries <= deleteTries; tries++) {
      try {
        await this.#client.send({ method: "DELETE", path: this.#client.pathOf(id) }, region, scope);
      } catch (error) {
        if (tries > 1 && isFault(error, "NOT_FOUND")) {
          return;
        }
        throw error;
      }
      if ((await this.get(id, region, scope)) === undefined) {
        return;
      }
      if (tries < deleteTries) {
        await delay(this.#pauseMs * tries, undefined, { signal: scope.signal });
      }
    }
    const words = `floating IP ${id} is still there after it was deleted ${deleteTries} times`;
    throw networkFault("UPSTREAM_ERROR", words, region, id);
  }

  #checked(raw: JsonObject, target: NatTarget | undefined, region: Region): JsonObject {
    if (target !== undefined && raw.port_id !== target.portId) {
      const words = `floating IP ${raw.id} was to be on port ${target.portId}, and is on ${raw.port_id ?? "none"}`;
      throw networkFault("UPSTREAM_GARBAGE", words, region, String(raw.id));
    }
    return raw;
  }
}

/** The address is always named: a port with several would be refused otherwise. */
function bodyOf(target: NatTarget | undefined): JsonObject {
  return target === undefined ? {} : { port_id: target.portId, fixed_ip_address: target.address };
}
