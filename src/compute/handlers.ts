import {
  ComputeService,
  FlavorSchema,
  ServerGroupSchema,
  ServerSchema,
} from "../gen/oaktree/v1/compute_pb.js";
import { ImageSchema } from "../gen/oaktree/v1/image_pb.js";
import type { Engine } from "../rest/engine.ts";
import { type Handlers, handlersOf } from "../rest/handler.ts";
import { createServerHandler } from "./create-server.ts";
import { deleteServerHandler } from "./delete-server.ts";
import { FailedServers } from "./failed-servers.ts";
import { flavorByRamHandler } from "./flavor-by-ram.ts";
import { ImageSnapshots } from "./image-snapshots.ts";
import { PendingSteps, type ServerFloatingIps } from "./pending-steps.ts";
import { createServerGroupHandler } from "./server-groups.ts";
import { ServerMetadata } from "./server-metadata.ts";
import { type ServerPollOptions, ServerPolls } from "./server-polls.ts";
import { ServerSecurityGroups } from "./server-security-groups.ts";
import { WaitForServer } from "./wait-for-server.ts";

/** Times that tests shorten. */
export interface ComputeOptions {
  /** How often servers are polled for those who wait. */
  readonly polls?: ServerPollOptions;
  /** How long after a POST with a `request_id` other servers of the same call are looked for, in milliseconds. */
  readonly settleMs?: number;
}

/** The RPCs of `ComputeService` that are more than a REST call. */
export function computeHandlers(
  engine: Engine,
  { polls: pollOptions, settleMs }: ComputeOptions,
  floatingIps: ServerFloatingIps,
): Handlers {
  const servers = engine.resource(ServerSchema);
  const polls = new ServerPolls(servers, pollOptions);
  const steps = new PendingSteps(servers, polls, floatingIps);
  const wait = new WaitForServer(servers, polls, steps, new FailedServers(servers, floatingIps));
  const metadata = new ServerMetadata(servers);
  const groups = new ServerSecurityGroups(servers);
  const snapshots = new ImageSnapshots(servers, engine.resource(ImageSchema), polls);
  return handlersOf(ComputeService, {
    createServer: createServerHandler(engine, steps, floatingIps, settleMs),
    deleteServer: deleteServerHandler(servers, polls, steps, floatingIps),
    waitForServer: wait.stream,
    waitForServerStatus: wait.unary,
    setServerMetadata: metadata.set,
    deleteServerMetadata: metadata.delete,
    addServerSecurityGroups: groups.add,
    removeServerSecurityGroups: groups.remove,
    createImageSnapshot: snapshots.create,
    waitForImageSnapshot: snapshots.wait,
    createServerGroup: createServerGroupHandler(engine.resource(ServerGroupSchema)),
    getFlavorByRam: flavorByRamHandler(engine.resource(FlavorSchema)),
  });
}
