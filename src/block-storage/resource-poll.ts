import { randomUUID } from "node:crypto";
import { isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { ResourceClient } from "../rest/resource-client.ts";
import { type PollIntervals, SharedPolls } from "../watch/shared-polls.ts";

/** What a poll saw of an object: as Cinder shows it, or that it is gone. */
export type Sighting = JsonObject | "gone";

/**
 * The polls of one kind of Cinder's objects. One that is waited for alone is asked
 * for by itself; several cost one list call together. Who is missing in the list
 * (a project's list does not show what another project owns) is asked for by itself.
 */
export function resourcePolls(client: ResourceClient, options: PollIntervals): SharedPolls<Sighting> {
  return new SharedPolls(
    () => async (ids, region, signal) => {
      const scope: CallScope = { signal, requestId: `req-${randomUUID()}` };
      const seen = new Map<string, Sighting>();
      if (ids.size > 1) {
        for await (const page of client.pages({ query: {}, limit: 1000 }, region, scope)) {
          for (const raw of page.objects.filter(({ id }) => ids.has(String(id)))) {
            seen.set(String(raw.id), raw);
          }
        }
      }
      for (const id of ids) {
        if (!seen.has(id)) {
          seen.set(id, await one(client, id, region, scope));
        }
      }
      return seen;
    },
    options,
  );
}

async function one(client: ResourceClient, id: string, region: Region, scope: CallScope): Promise<Sighting> {
  try {
    return await client.get(id, region, scope);
  } catch (error) {
    if (isFault(error, "NOT_FOUND")) {
      return "gone";
    }
    throw error;
  }
}
