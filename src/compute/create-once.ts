import { setTimeout as delay } from "node:timers/promises";
import { Fault, isFault } from "../cloud/fault.ts";
import { isObject, type JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { ServerSchema } from "../gen/oaktree/v1/compute_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";
import type { RequestMarks } from "./server-marks.ts";

/**
 * How long after its POST was answered all servers of the same second are sure to
 * be listed: Nova notes whole seconds, so within one nothing tells which server
 * was first, and another Oaktree may still be making one.
 */
const usualSettleMs = 2000;

/** A server of this age has settled, however much the clocks of cloud and Oaktree differ. */
const settledAfterMs = 60_000;

/** Most calls with a `request_id` that are under way at once in this process. */
const maxUnderWay = 10_000;

/**
 * Creates servers so that a repeated call makes no second one. The marks of the
 * call stand on the server, so any Oaktree finds them: before the POST, and
 * again after it, when of several servers of one call all but the first, by
 * (created, id), are deleted by those who made them.
 */
export class CreateOnce {
  readonly #servers: ResourceClient<typeof ServerSchema>;
  readonly #settleMs: number;
  readonly #underWay = new Map<string, Promise<JsonObject>>();

  /** Works through the engine's servers. Tests settle sooner. */
  constructor(servers: ResourceClient<typeof ServerSchema>, settleMs: number = usualSettleMs) {
    this.#servers = servers;
    this.#settleMs = settleMs;
  }

  /**
   * Answers the server of the call, which `post` makes if there is none yet.
   *
   * @throws Fault `ALREADY_EXISTS` when the call asked for something else before.
   */
  async create(
    marks: RequestMarks,
    byTag: boolean,
    post: () => Promise<JsonObject>,
    region: Region,
    scope: CallScope,
  ): Promise<JsonObject> {
    const key = JSON.stringify([region.shareKey, marks.call]);
    const same = this.#underWay.get(key);
    if (same !== undefined) {
      await same.catch(() => {});
    }
    if (this.#underWay.size >= maxUnderWay) {
      throw new Fault("RATE_LIMITED", `${maxUnderWay} calls with a request_id are under way`, {
        retryAfterMs: 1000,
      });
    }
    const made = this.#create(marks, byTag, post, region, scope);
    this.#underWay.set(key, made);
    try {
      return await made;
    } finally {
      if (this.#underWay.get(key) === made) {
        this.#underWay.delete(key);
      }
    }
  }

  async #create(
    marks: RequestMarks,
    byTag: boolean,
    post: () => Promise<JsonObject>,
    region: Region,
    scope: CallScope,
  ): Promise<JsonObject> {
    const find = () => this.#find(marks, byTag, region, scope);
    const [before] = await find();
    if (before !== undefined) {
      checkContent(before, marks, byTag);
      if (Math.abs(Date.now() - Date.parse(String(before.created))) > settledAfterMs) {
        return before;
      }
      await delay(this.#settleMs, undefined, { signal: scope.signal });
      return (await find())[0] ?? before;
    }
    let own: JsonObject;
    try {
      own = await post();
    } catch (error) {
      // The answer was lost, but the marks tell whether the server was made.
      const [made] = isFault(error, "OUTCOME_UNKNOWN") ? await find() : [];
      if (made === undefined) {
        throw error;
      }
      own = made;
    }
    const [first = own] = await this.#settled(own, find, scope);
    if (first.id !== own.id) {
      await this.#delete(String(own.id), region, scope);
      checkContent(first, marks, byTag);
      return first;
    }
    return own;
  }

  async #settled(
    own: JsonObject,
    find: () => Promise<JsonObject[]>,
    scope: CallScope,
  ): Promise<JsonObject[]> {
    try {
      await delay(this.#settleMs, undefined, { signal: scope.signal });
      return await find();
    } catch (error) {
      throw isFault(error) ? error.with({ resourceId: String(own.id) }) : error;
    }
  }

  /** The servers of the call, the one that stays first. */
  async #find(marks: RequestMarks, byTag: boolean, region: Region, scope: CallScope): Promise<JsonObject[]> {
    const found: JsonObject[] = [];
    const query = byTag ? { tags: marks.call } : {};
    for await (const page of this.#servers.pages({ query, limit: 1000 }, region, scope)) {
      found.push(...page.objects.filter((raw) => marksOf(raw, byTag).includes(marks.call)));
    }
    return found.toSorted((a, b) => compare([a.created, a.id], [b.created, b.id]));
  }

  async #delete(id: string, region: Region, scope: CallScope): Promise<void> {
    try {
      await this.#servers.send({ method: "DELETE", path: this.#servers.pathOf(id) }, region, scope);
    } catch (error) {
      if (!isFault(error, "NOT_FOUND")) {
        throw isFault(error) ? error.with({ resourceId: id }) : error;
      }
    }
  }
}

function checkContent(raw: JsonObject, marks: RequestMarks, byTag: boolean): void {
  if (!marksOf(raw, byTag).includes(marks.content)) {
    throw new Fault("ALREADY_EXISTS", `another request with this request_id made the server ${raw.id}`, {
      metadata: { service: "compute", resourceId: String(raw.id) },
      fields: [{ field: "request_id", description: "was used for another request" }],
    });
  }
}

function marksOf(raw: JsonObject, byTag: boolean): unknown[] {
  if (byTag) {
    return Array.isArray(raw.tags) ? raw.tags : [];
  }
  return isObject(raw.metadata) ? Object.keys(raw.metadata) : [];
}

function compare(a: readonly unknown[], b: readonly unknown[]): number {
  for (const [index, value] of a.entries()) {
    const other = String(b[index]);
    if (String(value) !== other) {
      return String(value) < other ? -1 : 1;
    }
  }
  return 0;
}
