import { randomUUID } from "node:crypto";
import { isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { ServerSchema } from "../gen/oaktree/v1/compute_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";
import { type PollIntervals, SharedPolls } from "../watch/shared-polls.ts";

/** What a poll saw of a server: Nova's object, or that the server is gone. */
export type Sighting = JsonObject | "gone";

/** How often servers are polled. */
export type ServerPollOptions = PollIntervals;

/** Nova compares `changes-since` with times of its database, in whole seconds and by another host's clock. */
const overlapMs = 5000;

/** How often the whole list is read, since "nothing changed" is no proof (see {@link ServerPoll}). */
const wholeEveryMs = 30_000;

/** The polls of servers. All waits of one set of rights cost one list call an interval. */
export class ServerPolls extends SharedPolls<Sighting> {
  /** Makes the polls; none runs before somebody waits. */
  constructor(servers: ResourceClient<typeof ServerSchema>, options: ServerPollOptions = {}) {
    super(() => {
      const state = new ServerPoll(servers);
      return (ids, region, signal) => state.poll(ids, region, signal);
    }, options);
  }
}

/**
 * One poll after the other, each for what changed since the one before. Every
 * half minute, and at first, the whole list is read: Nova's `changes-since` follows
 * a time stamp that not every change moves (nova/db/main/api.py,
 * instance_get_all_by_filters_sort), and a server that another project owns is
 * on no list of ours. Who is missing there is asked for one by one.
 */
class ServerPoll {
  readonly #servers: ResourceClient<typeof ServerSchema>;
  #since: number | undefined;
  #wholeAt = 0;

  constructor(servers: ResourceClient<typeof ServerSchema>) {
    this.#servers = servers;
  }

  async poll(
    ids: ReadonlySet<string>,
    region: Region,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Sighting>> {
    const scope: CallScope = { signal, requestId: `req-${randomUUID()}` };
    const isWhole = this.#since === undefined || Date.now() - this.#wholeAt >= wholeEveryMs;
    const query: Record<string, string> =
      isWhole || this.#since === undefined ? {} : { "changes-since": new Date(this.#since).toISOString() };
    const seen = new Map<string, Sighting>();
    const ending: string[] = [];
    let answeredAt: number | undefined;
    for await (const page of this.#servers.pages({ query, limit: 1000 }, region, scope)) {
      answeredAt ??= page.answeredAt ?? Date.now();
      for (const raw of page.objects) {
        const id = String(raw.id);
        if (ids.has(id) && raw.status === "DELETED") {
          ending.push(id);
        } else if (ids.has(id)) {
          seen.set(id, raw);
        }
      }
    }
    // Nova says DELETED, and a moment later removes the server (nova/compute/manager.py, _delete_instance):
    // in between it can still be had. It is on the next list again.
    await Promise.all(
      ending.map(async (id) => {
        const now = await this.#one(id, region, scope);
        if (now === "gone" || now.status !== "DELETED") {
          seen.set(id, now);
        }
      }),
    );
    if (isWhole) {
      for (const id of ids) {
        if (!seen.has(id) && !ending.includes(id)) {
          seen.set(id, await this.#one(id, region, scope));
        }
      }
      this.#wholeAt = Date.now();
    }
    this.#since = (answeredAt ?? Date.now()) - overlapMs;
    return seen;
  }

  async #one(id: string, region: Region, scope: CallScope): Promise<Sighting> {
    try {
      return await this.#servers.get(id, region, scope);
    } catch (error) {
      if (isFault(error, "NOT_FOUND")) {
        return "gone";
      }
      throw error;
    }
  }
}
