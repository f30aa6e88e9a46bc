import { setTimeout as delay } from "node:timers/promises";
import { BoundedMap } from "../cloud/bounded-map.ts";
import { isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import { clockSkewMs, readTags, type TagKind, writeTag } from "./address-tags.ts";
import type { FloatingIpClient } from "./floating-ip-client.ts";
import { isAttached } from "./nat-targets.ts";
import { networkFault } from "./network-fault.ts";
import { Reservations } from "./reservations.ts";

/** How long a claim counts; what is done under it is given up well before. */
const claimMs = 60_000;

/** Longest that a call works under a claim. */
const workMs = 40_000;

/** Longest that taking a claim off may take; nobody waits for it then, since it ends by itself. */
const removeMs = 10_000;

/** Pause before a claim on a named address is tried again; somebody else's lasts some calls of Neutron. */
const retryMs = 100;

/** Most clouds of which it is remembered that they tag no floating IPs. */
const maxClouds = 1000;

/** How a claim ended: with what the work under it gave, or because another has it, or it is no more. */
export type Claimed<T> =
  | { readonly outcome: "done"; readonly value: T }
  | { readonly outcome: "taken" }
  | { readonly outcome: "gone" };

/** The same, for who waits until nobody else has it. */
type Settled<T> = Exclude<Claimed<T>, { readonly outcome: "taken" }>;

/**
 * Marks on floating IPs, by which all Oaktrees agree on who may choose, attach or
 * delete one. Neutron has no condition that it checks and acts on in one step: it
 * takes an attached address away without a word. But tags are added one by one and
 * never overwrite each other. So each writes its tag first and reads then: of two,
 * at least the later one sees both, and whoever sees another's tag steps back.
 *
 * Foreign clients know nothing of it. Where Neutron tags no floating IPs (before
 * Rocky), the marks count within this process only.
 */
export class AddressMarks {
  readonly #calls: FloatingIpClient;
  readonly #own = new Reservations();
  readonly #tagless = new BoundedMap<true>(maxClouds);

  /** Writes and reads through these calls. */
  constructor(calls: FloatingIpClient) {
    this.#calls = calls;
  }

  /** Whether somebody was given it or works on it, as far as its object says. */
  isMarked(raw: JsonObject): boolean {
    const { claim, hold } = readTags(raw, Date.now());
    return claim.length + hold.length > 0 || this.#own.isHeld(String(raw.id));
  }

  /** Holds one within this process: it is about to be claimed here. */
  holdHere(id: string, forMs: number): void {
    this.#own.hold(id, forMs);
  }

  /**
   * Does work on one while no Oaktree holds, attaches or deletes it. The work gets the
   * address as it is then.
   */
  async claim<T>(
    id: string,
    region: Region,
    scope: CallScope,
    work: (raw: JsonObject, scope: CallScope) => Promise<T>,
  ): Promise<Claimed<T>> {
    return this.#claim(id, ["claim", "hold"], region, scope, work);
  }

  /**
   * Does work on one that the caller named: it may have been held for this very
   * purpose, and another one's claim is waited for. Undefined when it is no more.
   *
   * @throws Fault `CONFLICT` when others have it for longer than any claim lasts.
   */
  async claimNamed<T>(
    id: string,
    region: Region,
    scope: CallScope,
    work: (raw: JsonObject, scope: CallScope) => Promise<T>,
  ): Promise<Settled<T>> {
    return this.#untilFree(id, region, scope, () => this.#claim(id, ["claim"], region, scope, work));
  }

  /** Holds one that nobody has or works on, for whoever is given it. */
  async hold(
    id: string,
    forMs: number,
    region: Region,
    scope: CallScope,
  ): Promise<Claimed<undefined>["outcome"]> {
    const { outcome } = await this.#hold(id, ["claim", "hold"], forMs, region, scope);
    if (outcome === "done") {
      this.#own.hold(id, forMs);
    }
    return outcome;
  }

  /** Holds one that the caller named, whoever holds it besides. */
  async holdNamed(id: string, forMs: number, region: Region, scope: CallScope): Promise<"done" | "gone"> {
    this.#own.hold(id, forMs);
    const attempt = () => this.#hold(id, ["claim"], forMs, region, scope);
    return (await this.#untilFree(id, region, scope, attempt)).outcome;
  }

  async #claim<T>(
    id: string,
    respected: readonly TagKind[],
    region: Region,
    scope: CallScope,
    work: (raw: JsonObject, scope: CallScope) => Promise<T>,
  ): Promise<Claimed<T>> {
    const limited = within(scope);
    const tag = writeTag("claim", Date.now() + claimMs);
    let seen: JsonObject | undefined;
    let isDone = false;
    try {
      const raw = await this.#mark(id, tag, region, limited);
      if (raw === undefined) {
        return { outcome: "gone" };
      }
      seen = raw;
      if (othersOn(raw, tag, respected)) {
        return { outcome: "taken" };
      }
      const value = await work(raw, limited);
      isDone = true;
      this.#own.release(id);
      return { outcome: "done", value };
    } finally {
      const { claim, hold, expired } = readTags(seen ?? {}, Date.now());
      // What was done leaves nothing to hold the address for.
      const ended = isDone ? [...claim, ...hold, ...expired] : expired;
      await this.#unmark(id, [...new Set([tag, ...ended])], region, scope);
    }
  }

  async #hold(
    id: string,
    respected: readonly TagKind[],
    forMs: number,
    region: Region,
    scope: CallScope,
  ): Promise<Claimed<undefined>> {
    const tag = writeTag("hold", Date.now() + forMs);
    let isHeld = false;
    try {
      const raw = await this.#mark(id, tag, region, scope);
      if (raw === undefined) {
        return { outcome: "gone" };
      }
      if (othersOn(raw, tag, respected) || (respected.includes("hold") && isAttached(raw))) {
        return { outcome: "taken" };
      }
      isHeld = true;
      return { outcome: "done", value: undefined };
    } finally {
      if (!isHeld) {
        await this.#unmark(id, [tag], region, scope);
      }
    }
  }

  /** Writes a tag, then reads: the order is what everything rests on. */
  async #mark(id: string, tag: string, region: Region, scope: CallScope): Promise<JsonObject | undefined> {
    const cloud = keyOf(region);
    let refusal: unknown;
    if (this.#tagless.get(cloud) === undefined) {
      try {
        await this.#calls.tag(id, tag, region, scope);
      } catch (error) {
        // Neutron answers 500 when the address is deleted meanwhile (its foreign key in the table of tags).
        if (!isFault(error, "NOT_FOUND", "FORBIDDEN", "UPSTREAM_ERROR")) {
          throw error;
        }
        refusal = error;
      }
    }
    const raw = await this.#calls.get(id, region, scope);
    if (raw !== undefined && isFault(refusal, "UPSTREAM_ERROR")) {
      throw refusal;
    }
    if (raw !== undefined && refusal !== undefined && raw.tags === undefined) {
      this.#tagless.set(cloud, true);
    }
    return raw;
  }

  /** Takes tags off, also for a caller who is gone. */
  async #unmark(id: string, tags: readonly string[], region: Region, scope: CallScope): Promise<void> {
    if (this.#tagless.get(keyOf(region)) !== undefined) {
      return;
    }
    const deadline = Date.now() + removeMs;
    const own = { ...scope, signal: AbortSignal.timeout(removeMs), deadline };
    await Promise.all(
      tags.map((tag) =>
        this.#calls.untag(id, tag, region, own).catch((error: unknown) => {
          // It is gone with the address, or ends by itself.
          if (!isFault(error)) {
            throw error;
          }
        }),
      ),
    );
  }

  async #untilFree<T>(
    id: string,
    region: Region,
    scope: CallScope,
    attempt: () => Promise<Claimed<T>>,
  ): Promise<Settled<T>> {
    const end = Date.now() + claimMs + clockSkewMs;
    for (;;) {
      const claimed = await attempt();
      if (claimed.outcome !== "taken") {
        return claimed;
      }
      if (Date.now() > end) {
        throw networkFault("CONFLICT", `others are at work on the floating IP ${id}`, region, id);
      }
      // Two who step back at the same time must not come again at the same time.
      await delay(retryMs * (0.5 + Math.random()), undefined, { signal: scope.signal });
    }
  }
}

function keyOf({ cloud, name }: Region): string {
  return JSON.stringify([cloud, name]);
}

function othersOn(raw: JsonObject, own: string, kinds: readonly TagKind[]): boolean {
  const tags = readTags(raw, Date.now());
  return kinds.some((kind) => tags[kind].some((tag) => tag !== own));
}

/** The call's scope, which ends before the claim does. */
function within(scope: CallScope): CallScope {
  const end = Date.now() + workMs;
  return {
    ...scope,
    signal: AbortSignal.any([scope.signal, AbortSignal.timeout(workMs)]),
    deadline: Math.min(scope.deadline ?? end, end),
  };
}
