import type { Message } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { Fault, isFault } from "../cloud/fault.ts";
import type { Call, Region } from "../cloud/region.ts";
import type { Found, ResourceClient } from "../rest/resource-client.ts";
import type { PollIntervals, SharedPolls } from "../watch/shared-polls.ts";
import { resourcePolls, type Sighting } from "./resource-poll.ts";

/** An object that goes from status to status. */
type Stateful = Message & { readonly id: string; status: number; statusText: string };

/** What is waited for. */
export interface Wanted<M> {
  /** The status. */
  readonly status: number;
  /** Whether the object is as wanted. Default: it has the status. */
  readonly isDone?: (message: M) => boolean;
}

/** Waits for one kind of Cinder's objects. */
export class WaitForStatus<M extends Stateful> {
  readonly #client: ResourceClient<GenMessage<M>>;
  readonly #deleted: number;
  readonly #polls: SharedPolls<Sighting>;

  /** Makes the polls too; none runs before somebody waits. `deleted` is the status of what is gone. */
  constructor(client: ResourceClient<GenMessage<M>>, deleted: number, options: PollIntervals) {
    this.#client = client;
    this.#deleted = deleted;
    this.#polls = resourcePolls(client, options);
  }

  /**
   * The object once it is as wanted; undefined when its end was wanted and had
   * come before.
   *
   * @throws Fault `RESOURCE_FAULT` in an error state, `RESOURCE_DELETED` when it went away.
   */
  async wait(nameOrId: string, wanted: Wanted<M>, region: Region, call: Call): Promise<M | undefined> {
    const { isDone = ({ status }: M) => status === wanted.status } = wanted;
    const found = await this.#find(nameOrId, wanted.status, region, call);
    if (found === undefined) {
      return undefined;
    }
    let last: M | undefined;
    for await (const sighting of this.#sightings(found, region, call)) {
      if (sighting === "gone") {
        if (wanted.status !== this.#deleted) {
          throw this.#fault("RESOURCE_DELETED", found.id, region, "was deleted while it was waited for");
        }
        return last && { ...last, status: this.#deleted, statusText: "deleted" };
      }
      last = (await this.#client.message(sighting, region, call)) as M;
      if (isDone(last)) {
        return last;
      }
      if (this.#isHopeless(last, wanted.status)) {
        const words = `went to ${last.statusText} while another status was waited for`;
        throw this.#fault("RESOURCE_FAULT", found.id, region, words);
      }
    }
    return undefined;
  }

  async #find(nameOrId: string, status: number, region: Region, call: Call): Promise<Found | undefined> {
    try {
      return await this.#client.find(nameOrId, region, call);
    } catch (error) {
      if (status === this.#deleted && isFault(error, "NOT_FOUND")) {
        return undefined;
      }
      throw error;
    }
  }

  /** What was found at first, then what polls see. */
  async *#sightings({ id, raw }: Found, region: Region, call: Call): AsyncGenerator<Sighting> {
    yield raw;
    yield* this.#polls.watch(id, region, call);
  }

  /** Error states end a wait: no poll will see it get better by itself. What is in `error` can still be deleted. */
  #isHopeless({ statusText }: M, wanted: number): boolean {
    return wanted === this.#deleted ? statusText === "error_deleting" : statusText.startsWith("error");
  }

  #fault(reason: "RESOURCE_FAULT" | "RESOURCE_DELETED", id: string, region: Region, words: string): Fault {
    const { noun, options } = this.#client.table;
    return new Fault(reason, `${noun} ${id} ${words}`, {
      metadata: { cloud: region.cloud, region: region.name, service: options.service, resourceId: id },
    });
  }
}
