import { Fault, isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import { AddressMarks } from "./address-marks.ts";
import type { FloatingIpClient } from "./floating-ip-client.ts";
import { isAttached, isOn, type NatTarget } from "./nat-targets.ts";
import { networkFault } from "./network-fault.ts";
import type { NetworkViews } from "./network-views.ts";
import { ProjectLocks } from "./project-locks.ts";
import { listAll } from "./upstream-lists.ts";

/** A floating IP, as it came, and whether the call made it. */
export interface Given {
  /** The floating IP. */
  readonly raw: JsonObject;
  /** Whether the call made it. */
  readonly isNew: boolean;
}

/** How many addresses are made before a call gives up that others are too quick for. */
const takeTries = 5;

/** How long an address that was given out is held for the one who got it. */
const heldForMs = 120_000;

/**
 * The floating IPs of projects: which are free, which are given out, and who may choose
 * among them now. The lock keeps the calls of this process from getting into each
 * other's way; that no two Oaktrees do is up to the marks.
 */
export class FloatingIpStock {
  /** Marks on addresses that were given out and not attached yet, or are worked on. */
  readonly marks: AddressMarks;
  readonly #calls: FloatingIpClient;
  readonly #views: NetworkViews;
  readonly #locks = new ProjectLocks();

  /** Tells the views of what it changes. */
  constructor(calls: FloatingIpClient, views: NetworkViews) {
    this.#calls = calls;
    this.#views = views;
    this.marks = new AddressMarks(calls);
  }

  /** Does work while no other call of the project chooses or deletes floating IPs in this process. */
  async exclusively<T>(region: Region, scope: CallScope, work: () => Promise<T>): Promise<T> {
    const { project } = await region.identity(scope);
    // Ids of projects are unique, however clouds.yaml names the cloud.
    const key = project?.id ?? region.shareKey;
    try {
      return await this.#locks.hold(key, scope, work);
    } finally {
      this.#views.attached.forget(region);
    }
  }

  /** Gives the first target that works an address of the first pool that works. */
  async give(
    targets: readonly NatTarget[],
    pools: readonly string[],
    reuse: boolean,
    more: JsonObject,
    region: Region,
    scope: CallScope,
  ): Promise<Given> {
    if (reuse) {
      const reused = await this.#reuse(targets, pools, region, scope);
      if (reused !== undefined) {
        return reused;
      }
    }
    let refusal: unknown;
    try {
      for (const pool of pools) {
        for (const target of targets) {
          try {
            return { raw: await this.#calls.create(pool, target, more, region, scope), isNew: true };
          } catch (error) {
            if (!isFault(error, "CONFLICT", "ALREADY_EXISTS", "NOT_FOUND")) {
              throw error;
            }
            const done = await this.#alreadyOn(target, pool, region, scope);
            if (done !== undefined) {
              return { raw: done, isNew: false };
            }
            refusal ??= error;
          }
        }
      }
    } finally {
      this.#views.attached.forget(region);
    }
    throw unreachable(refusal, region);
  }

  /** Takes one that is attached to nothing, and holds it for the caller; makes one where there is none. */
  async take(pools: readonly string[], region: Region, scope: CallScope): Promise<Given> {
    return this.exclusively(region, scope, async () => {
      for (const pool of pools) {
        for (const free of await this.#free(pool, region, scope)) {
          if ((await this.marks.hold(String(free.id), heldForMs, region, scope)) === "done") {
            return { raw: free, isNew: false };
          }
        }
      }
      for (let tries = 0; tries < takeTries; tries++) {
        const raw = await this.#calls.create(pools[0] ?? "", undefined, {}, region, scope);
        // Another Oaktree may see it before it is held.
        if ((await this.marks.hold(String(raw.id), heldForMs, region, scope)) === "done") {
          return { raw, isNew: true };
        }
      }
      throw networkFault("CONFLICT", `others took or deleted ${takeTries} new floating IPs at once`, region);
    });
  }

  /** Attaches one that is free to the first target that takes it. Only under the lock and a claim. */
  async attach(
    raw: JsonObject,
    targets: readonly NatTarget[],
    region: Region,
    scope: CallScope,
  ): Promise<Given> {
    let refusal: unknown;
    for (const target of targets) {
      try {
        const attached = await this.#calls.attach(String(raw.id), target, region, scope);
        return { raw: attached, isNew: false };
      } catch (error) {
        if (!isFault(error, "NOT_FOUND", "CONFLICT", "ALREADY_EXISTS")) {
          throw error;
        }
        refusal ??= error;
      }
    }
    throw unreachable(refusal, region);
  }

  /** Takes an address that the project has and does not use, if there is one. */
  async #reuse(
    targets: readonly NatTarget[],
    pools: readonly string[],
    region: Region,
    scope: CallScope,
  ): Promise<Given | undefined> {
    return this.exclusively(region, scope, async () => {
      for (const pool of pools) {
        // Another call for the same server was here before.
        const there = await Promise.all(targets.map((one) => this.#alreadyOn(one, pool, region, scope)));
        const done = there.find((raw) => raw !== undefined);
        if (done !== undefined) {
          return { raw: done, isNew: false };
        }
        for (const free of await this.#free(pool, region, scope)) {
          const given = await this.#attachFree(String(free.id), targets, region, scope);
          if (given !== undefined) {
            return given;
          }
        }
      }
      return undefined;
    });
  }

  async #attachFree(
    id: string,
    targets: readonly NatTarget[],
    region: Region,
    scope: CallScope,
  ): Promise<Given | undefined> {
    try {
      const claimed = await this.marks.claim(id, region, scope, async (raw, limited) =>
        isAttached(raw) ? undefined : this.attach(raw, targets, region, limited),
      );
      return claimed.outcome === "done" ? claimed.value : undefined;
    } catch (error) {
      // Another client deleted it, or no network of the server leads to this pool.
      if (isFault(error, "NOT_FOUND", "CONFLICT", "ALREADY_EXISTS")) {
        return undefined;
      }
      throw error;
    }
  }

  async #alreadyOn(
    target: NatTarget,
    pool: string,
    region: Region,
    scope: CallScope,
  ): Promise<JsonObject | undefined> {
    const there = await this.#calls.onPorts([target.portId], region, scope);
    return there.find((raw) => isOn(raw, [target]) && raw.floating_network_id === pool);
  }

  /** The project's own addresses of a pool that nobody uses or was given, oldest first. */
  async #free(pool: string, region: Region, scope: CallScope): Promise<JsonObject[]> {
    const { project } = await region.identity(scope);
    const all = await listAll("floatingIps", { floating_network_id: pool }, region, scope);
    return all
      .filter(
        (raw) =>
          !isAttached(raw) &&
          // Administrators see those of all projects.
          (raw.project_id ?? raw.tenant_id) === project?.id &&
          !this.marks.isMarked(raw),
      )
      .toSorted((a, b) => (`${a.created_at} ${a.id}` < `${b.created_at} ${b.id}` ? -1 : 1));
  }
}

/** Neutron answers 404 where a port's network leads to no router of the pool: the pool is there, the way is not. */
function unreachable(refusal: unknown, region: Region): unknown {
  return isFault(refusal, "NOT_FOUND")
    ? new Fault("CONFLICT", refusal.message, { metadata: { ...refusal.metadata }, cause: refusal })
    : (refusal ?? networkFault("CONFLICT", "there is no address that a floating IP could lead to", region));
}
