import { create } from "@bufbuild/protobuf";
import { isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import { oneRegion } from "../cloud/one-region.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import {
  type CreateServerRequestSchema,
  CreateServerResponseSchema,
  ServerSchema,
} from "../gen/oaktree/v1/compute_pb.js";
import type { Engine } from "../rest/engine.ts";
import type { UnaryHandlerOf } from "../rest/handler.ts";
import type { ResourceClient } from "../rest/resource-client.ts";
import { CreateOnce } from "./create-once.ts";
import type { PendingSteps, ServerFloatingIps } from "./pending-steps.ts";
import { serverBodies } from "./server-body.ts";

/** Makes the handler of `CreateServer`. */
export function createServerHandler(
  engine: Engine,
  steps: PendingSteps,
  floatingIps: ServerFloatingIps,
  settleMs: number | undefined,
): UnaryHandlerOf<typeof CreateServerRequestSchema, typeof CreateServerResponseSchema> {
  const servers = engine.resource(ServerSchema);
  const bodyOf = serverBodies(engine, floatingIps);
  const once = new CreateOnce(servers, settleMs);

  return async (request, call) => {
    const region = await oneRegion(call, request.location);
    const { body, minMicroversion, isMany, marks } = await bodyOf(request, region, call);
    const send = () =>
      servers.send({ method: "POST", path: servers.table.path, body, minMicroversion }, region, call);
    if (isMany) {
      const { reservation_id: reservation } = servers.objectIn(await send(), [], region);
      const raws = await reservedServers(String(reservation), servers, region, call);
      for (const raw of raws) {
        steps.follow(raw, region);
      }
      const all = await servers.messages(raws, region, call);
      const [first] = all;
      return create(CreateServerResponseSchema, {
        servers: all,
        ...(first === undefined ? {} : { server: first }),
      });
    }
    const post = async () => servers.objectIn(await send(), ["server"], region);
    const created =
      marks === undefined ? await post() : await once.create(marks.names, marks.byTag, post, region, call);
    const raw = await afterCreate(created, servers, region, call);
    steps.follow(raw, region);
    return create(CreateServerResponseSchema, { server: await servers.message(raw, region, call) });
  };
}

/** The servers of one call. Nova names them `x-1`, `x-2`, ... in the order of `launch_index`. */
async function reservedServers(
  reservation: string,
  servers: ResourceClient<typeof ServerSchema>,
  region: Region,
  scope: CallScope,
): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  for await (const page of servers.pages(
    { query: { reservation_id: reservation }, limit: 1000 },
    region,
    scope,
  )) {
    found.push(...page.objects);
  }
  const index = (raw: JsonObject) => Number(/-(\d+)$/.exec(String(raw.name))?.[1] ?? 0);
  return found.toSorted((a, b) => index(a) - index(b));
}

/**
 * The server as Nova has it now, since the answer of the POST holds little more
 * than its id, with the password that only that answer has. Whatever goes wrong
 * here, the server exists: the error carries its id.
 */
async function afterCreate(
  created: JsonObject,
  servers: ResourceClient<typeof ServerSchema>,
  region: Region,
  scope: CallScope,
): Promise<JsonObject> {
  const id = String(created.id);
  try {
    const raw = await servers.get(id, region, scope);
    return created.adminPass === undefined ? raw : { ...raw, adminPass: created.adminPass };
  } catch (error) {
    throw isFault(error) ? error.with({ resourceId: id }) : error;
  }
}
