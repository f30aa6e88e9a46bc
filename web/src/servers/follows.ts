import type { Client } from "@connectrpc/connect";
import { isCancelled, type Problem, problemOf } from "../api/problem.ts";
import type { ComputeService, Server, ServerStatus } from "../gen/oaktree/v1/compute_pb.js";
import { objectKey, selectorOf } from "../locations/location.ts";
import { newsOf } from "./server-status.ts";

/**
 * Streams at once. Browsers open six connections to a server over HTTP/1.1, each
 * stream holds one, and other calls need some too. Further servers are seen by
 * reading the list again and again.
 */
const maxStreams = 3;

/** How long a server is followed. */
const timeoutMs = 15 * 60_000;

/** A server that the page follows. */
export interface Follow {
  /** The server as it was last seen. */
  readonly server: Server;
  /** Whether a stream tells of its changes. Else the list knows better. */
  readonly isLive: boolean;
  /** Why it was lost from sight. */
  readonly problem?: Problem;
}

/** What there is to show. */
export interface FollowsState {
  /** The followed servers, by `objectKey`, latest first. */
  readonly byKey: ReadonlyMap<string, Follow>;
  /** The last change, in words. */
  readonly news: string;
}

/** Follows servers to a status, over `WaitForServer`. A store as `useSyncExternalStore` wants it. */
export class Follows {
  readonly #client: Client<typeof ComputeService>;
  readonly #reload: () => Promise<void>;
  readonly #streams = new Map<string, AbortController>();
  readonly #listeners = new Set<() => void>();
  #state: FollowsState = { byKey: new Map(), news: "" };

  /** Makes the store. `reload` reads the list of servers again. */
  constructor(client: Client<typeof ComputeService>, reload: () => Promise<void>) {
    this.#client = client;
    this.#reload = reload;
  }

  /** Calls back at every change. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** What there is to show now. */
  readonly state = (): FollowsState => this.#state;

  /** Follows the server until it has the status, or to its deletion. */
  start(server: Server, wanted: ServerStatus): void {
    const key = objectKey(server);
    this.#streams.get(key)?.abort();
    this.#streams.delete(key);
    if (this.#streams.size >= maxStreams) {
      this.#drop(key);
      void this.#reload();
      return;
    }
    const stream = new AbortController();
    this.#streams.set(key, stream);
    this.#show(key, { server, isLive: true });
    void this.#follow(server, wanted, stream);
  }

  /** Ends all streams. */
  readonly close = (): void => {
    for (const stream of this.#streams.values()) {
      stream.abort();
    }
    this.#streams.clear();
  };

  async #follow(start: Server, wanted: ServerStatus, stream: AbortController): Promise<void> {
    const key = objectKey(start);
    const { signal } = stream;
    let server = start;
    let problem: Problem | undefined;
    try {
      const request = {
        ...(start.location && { location: selectorOf(start.location) }),
        nameOrId: start.id,
        status: wanted,
      };
      for await (const response of this.#client.waitForServer(request, { signal, timeoutMs })) {
        server = response.server ?? server;
        if (!signal.aborted) {
          this.#show(key, { server, isLive: true });
        }
      }
    } catch (error) {
      if (signal.aborted || isCancelled(error)) {
        return;
      }
      problem = problemOf(error);
    }
    if (signal.aborted) {
      return;
    }
    // Up to here the row shows what the stream saw last; from here on, the list.
    await this.#reload();
    if (this.#streams.get(key) !== stream) {
      return;
    }
    this.#streams.delete(key);
    if (problem === undefined || isTold(problem)) {
      this.#drop(key);
    } else {
      this.#show(key, { server, isLive: false, problem });
    }
  }

  #show(key: string, follow: Follow): void {
    const { byKey: before } = this.#state;
    const byKey = before.has(key) ? new Map(before).set(key, follow) : new Map([[key, follow], ...before]);
    this.#set({ byKey, news: newsOf(follow.server) });
  }

  #drop(key: string): void {
    const byKey = new Map(this.#state.byKey);
    byKey.delete(key);
    this.#set({ ...this.#state, byKey });
  }

  #set(state: FollowsState): void {
    this.#state = state;
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

/** Whether the list itself shows what ended the stream: the fault, or that the server is gone. */
function isTold({ reason }: Problem): boolean {
  return reason === "SERVER_FAULT" || reason === "SERVER_DELETED";
}
