import { randomUUID } from "node:crypto";
import { isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import { join, path } from "../cloud/path.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { ServerSchema } from "../gen/oaktree/v1/compute_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";
import { type PendingAddress, type PendingIps, readAutoIp, readIps, stepKeys } from "./server-marks.ts";
import type { ServerPolls } from "./server-polls.ts";

/** The floating IPs of servers; what src/network does. */
export interface ServerFloatingIps {
  /** Gives a server one. Doing it twice gives no second one. */
  addTo(server: JsonObject, wanted: PendingAddress, region: Region, scope: CallScope): Promise<unknown>;
  /** The ids of some of the project's, which are held for the caller. @throws Fault `NOT_FOUND`. */
  claim(addressesOrIds: readonly string[], region: Region, scope: CallScope): Promise<string[]>;
  /** Attaches those of the server's own project to it. Doing it twice changes nothing. */
  addGiven(server: JsonObject, given: PendingIps, region: Region, scope: CallScope): Promise<void>;
  /** Those of one server, also those that Nova does not know of. */
  ofServer(serverId: string, region: Region, scope: CallScope): Promise<JsonObject[]>;
  /** Deletes one and looks whether it is gone. */
  delete(id: string, region: Region, scope: CallScope): Promise<void>;
}

/** How long a server is followed that nobody waits for. A caller's token rarely lives longer. */
const followMs = 60 * 60 * 1000;

/** Most servers that are followed at once in this process; of more, those who wait finish the steps. */
const maxFollowed = 10_000;

/**
 * What is to be done for a server after its POST. The steps are noted in the
 * server's metadata, so that any Oaktree can finish them: the one that took the
 * call does it without being asked, others when somebody waits there.
 */
export class PendingSteps {
  readonly #servers: ResourceClient<typeof ServerSchema>;
  readonly #polls: ServerPolls;
  readonly #floatingIps: ServerFloatingIps;
  readonly #underWay = new Map<string, Promise<void>>();
  #followed = 0;

  /** Works with the engine's servers and the shared polls. */
  constructor(
    servers: ResourceClient<typeof ServerSchema>,
    polls: ServerPolls,
    floatingIps: ServerFloatingIps,
  ) {
    this.#servers = servers;
    this.#polls = polls;
    this.#floatingIps = floatingIps;
  }

  /** Whether something is still to be done. */
  isPending(raw: JsonObject): boolean {
    return stepKeys(raw).length > 0;
  }

  /** Finishes the steps once the server is up, whether anybody waits or not. */
  follow(raw: JsonObject, region: Region): void {
    if (!this.isPending(raw) || this.#followed >= maxFollowed) {
      return;
    }
    this.#followed++;
    void this.#follow(String(raw.id), region)
      .catch(() => {
        // The step stays noted on the server, and whoever waits for it meets the error itself.
      })
      .finally(() => this.#followed--);
  }

  /**
   * Finishes the steps of a server that is up. Calls for the same server at the
   * same time are one.
   */
  async finish(raw: JsonObject, region: Region, scope: CallScope): Promise<void> {
    const key = JSON.stringify([region.shareKey, raw.id]);
    let finished = this.#underWay.get(key);
    if (finished === undefined) {
      finished = this.#finish(raw, region, scope).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, finished);
    }
    await finished;
  }

  async #follow(id: string, region: Region): Promise<void> {
    const signal = AbortSignal.timeout(followMs);
    const scope: CallScope = { signal, deadline: Date.now() + followMs, requestId: `req-${randomUUID()}` };
    for await (const sighting of this.#polls.watch(id, region, scope)) {
      if (sighting === "gone" || sighting.status === "ERROR" || !this.isPending(sighting)) {
        return;
      }
      if (isUp(sighting)) {
        await this.finish(sighting, region, scope);
        return;
      }
    }
  }

  async #finish(raw: JsonObject, region: Region, scope: CallScope): Promise<void> {
    const given = readIps(raw);
    if (given !== undefined) {
      await this.#floatingIps.addGiven(raw, given, region, scope);
    }
    const address = readAutoIp(raw);
    if (address !== undefined) {
      await this.#floatingIps.addTo(raw, address, region, scope);
    }
    await this.forget(raw, region, scope);
  }

  /** Takes the notes off a server: what they ask for is done, or no longer wanted. */
  async forget(raw: JsonObject, region: Region, scope: CallScope): Promise<void> {
    for (const key of stepKeys(raw)) {
      try {
        const note = join(this.#servers.pathOf(String(raw.id)), path`/metadata/${key}`);
        await this.#servers.send({ method: "DELETE", path: note }, region, scope);
      } catch (error) {
        // Another Oaktree was quicker.
        if (!isFault(error, "NOT_FOUND")) {
          throw error;
        }
      }
    }
  }
}

/** Whether steps can be done for a server. One that is being deleted is ACTIVE until it is gone. */
export function isUp(raw: JsonObject): boolean {
  return raw.status === "ACTIVE" && raw["OS-EXT-STS:task_state"] !== "deleting";
}
