import { create } from "@bufbuild/protobuf";
import { Fault, isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import { oneRegion } from "../cloud/one-region.ts";
import type { Call, Region } from "../cloud/region.ts";
import {
  type Server,
  type ServerSchema,
  ServerStatus,
  type WaitForServerRequest,
  type WaitForServerResponse,
  WaitForServerResponseSchema,
  type WaitForServerStatusRequest,
  type WaitForServerStatusResponse,
  WaitForServerStatusResponseSchema,
} from "../gen/oaktree/v1/compute_pb.js";
import type { Found, ResourceClient } from "../rest/resource-client.ts";
import { type FailedServers, whereabouts } from "./failed-servers.ts";
import { isUp, type PendingSteps } from "./pending-steps.ts";
import type { ServerPolls, Sighting } from "./server-polls.ts";

type Request = WaitForServerRequest | WaitForServerStatusRequest;

/** Waits for a server, as a stream and as one answer. */
export class WaitForServer {
  readonly #servers: ResourceClient<typeof ServerSchema>;
  readonly #polls: ServerPolls;
  readonly #steps: PendingSteps;
  readonly #failed: FailedServers;

  /** Makes the handlers of both RPCs. */
  constructor(
    servers: ResourceClient<typeof ServerSchema>,
    polls: ServerPolls,
    steps: PendingSteps,
    failed: FailedServers,
  ) {
    this.#servers = servers;
    this.#polls = polls;
    this.#steps = steps;
    this.#failed = failed;
  }

  /** `WaitForServer`: each state that a poll sees. */
  readonly stream = (request: WaitForServerRequest, call: Call): AsyncIterable<WaitForServerResponse> =>
    this.#follow(request, call);

  /** `WaitForServerStatus`: the last state only. */
  readonly unary = async (
    request: WaitForServerStatusRequest,
    call: Call,
  ): Promise<WaitForServerStatusResponse> => {
    let last: WaitForServerResponse | undefined;
    for await (const response of this.#follow(request, call)) {
      last = response;
    }
    const { server, hasNoAddress = false } = last ?? {};
    return create(WaitForServerStatusResponseSchema, {
      ...(server === undefined ? {} : { server }),
      hasNoAddress,
    });
  };

  async *#follow(request: Request, call: Call): AsyncGenerator<WaitForServerResponse> {
    const wanted = request.status === ServerStatus.UNSPECIFIED ? ServerStatus.ACTIVE : request.status;
    const region = await oneRegion(call, request.location);
    const found = await this.#find(request.nameOrId, wanted, region, call);
    if (found === undefined) {
      yield create(WaitForServerResponseSchema, { done: true });
      return;
    }
    let server = await this.#servers.message(found.raw, region, call);
    let done = isDone(server, wanted);
    yield seen(server, done);
    if (done) {
      return;
    }
    for await (const sighting of this.#sightings(found, region, call)) {
      if (sighting === "gone") {
        yield this.#gone(server, wanted);
        return;
      }
      const raw = await this.#advance(sighting, wanted, region, call);
      const next = await this.#servers.message(raw, region, call);
      done = isDone(next, wanted);
      if (done || isNews(server, next)) {
        server = next;
        yield seen(server, done);
      }
      if (done) {
        return;
      }
      if (isHopeless(next, wanted)) {
        throw await this.#failed.fault(raw, next, wanted, request.onFailure, region, call);
      }
    }
  }

  /** What was found at first, then what polls see. */
  async *#sightings(found: Found, region: Region, call: Call): AsyncGenerator<Sighting> {
    yield found.raw;
    yield* this.#polls.watch(found.id, region, call);
  }

  /** Does what is still to be done for a server that is up, and asks for the fault of one that failed. */
  async #advance(raw: JsonObject, wanted: ServerStatus, region: Region, call: Call): Promise<JsonObject> {
    if (raw.status === "ERROR" && raw.fault === undefined) {
      // Nova's lists leave out the faults of servers that no host took (nova/api/openstack/compute/views/servers.py).
      return this.#get(String(raw.id), raw, region, call);
    }
    if (wanted !== ServerStatus.ACTIVE || !isUp(raw) || !this.#steps.isPending(raw)) {
      return raw;
    }
    try {
      await this.#steps.finish(raw, region, call);
    } catch (error) {
      // Who may only read waits until another one has done it.
      if (isFault(error, "FORBIDDEN")) {
        return raw;
      }
      throw isFault(error) ? error.with({ resourceId: String(raw.id) }) : error;
    }
    return this.#get(String(raw.id), raw, region, call);
  }

  async #get(id: string, otherwise: JsonObject, region: Region, call: Call): Promise<JsonObject> {
    try {
      return await this.#servers.get(id, region, call);
    } catch (error) {
      if (isFault(error, "NOT_FOUND")) {
        return otherwise;
      }
      throw error;
    }
  }

  async #find(
    nameOrId: string,
    wanted: ServerStatus,
    region: Region,
    call: Call,
  ): Promise<Found | undefined> {
    try {
      return await this.#servers.find(nameOrId, region, call);
    } catch (error) {
      if (wanted === ServerStatus.DELETED && isFault(error, "NOT_FOUND")) {
        return undefined;
      }
      throw error;
    }
  }

  #gone(last: Server, wanted: ServerStatus): WaitForServerResponse {
    if (wanted !== ServerStatus.DELETED) {
      throw new Fault("SERVER_DELETED", `server ${last.id} was deleted while it was waited for`, {
        metadata: whereabouts(last),
      });
    }
    const server = { ...last, status: ServerStatus.DELETED, statusText: "DELETED", taskState: "" };
    return create(WaitForServerResponseSchema, { server, done: true });
  }
}

function seen(server: Server, done: boolean): WaitForServerResponse {
  const hasNoAddress = server.status === ServerStatus.ACTIVE && server.interfaceIp === "";
  return create(WaitForServerResponseSchema, { server, done, hasNoAddress });
}

function isDone(server: Server, wanted: ServerStatus): boolean {
  if (wanted === ServerStatus.ACTIVE && server.pendingSteps.length > 0) {
    return false;
  }
  // A server that is being deleted is still ACTIVE in Nova until it is gone.
  return server.status === wanted && server.taskState !== "deleting";
}

/** ERROR ends a wait for anything else but the server's end: no poll will see it get better by itself. */
function isHopeless(server: Server, wanted: ServerStatus): boolean {
  return (
    server.status === ServerStatus.ERROR && wanted !== ServerStatus.ERROR && wanted !== ServerStatus.DELETED
  );
}

function isNews(before: Server, after: Server): boolean {
  const signature = (server: Server) =>
    JSON.stringify([
      server.statusText,
      server.taskState,
      server.vmState,
      server.powerState,
      server.progressPercent,
      server.updateTime?.seconds.toString(),
      server.addresses.map(({ address }) => address),
      server.pendingSteps,
    ]);
  return signature(before) !== signature(after);
}
