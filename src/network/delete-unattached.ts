import { create } from "@bufbuild/protobuf";
import { isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import { oneRegion } from "../cloud/one-region.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import {
  type DeleteUnattachedFloatingIpsRequestSchema,
  DeleteUnattachedFloatingIpsResponseSchema,
  FloatingIpFailureSchema,
  FloatingIpSchema,
  NetworkSchema,
} from "../gen/oaktree/v1/network_pb.js";
import type { Engine } from "../rest/engine.ts";
import type { UnaryHandlerOf } from "../rest/handler.ts";
import type { FloatingIps } from "./floating-ips.ts";
import { isAttached } from "./nat-targets.ts";
import { requireNeutron } from "./require-neutron.ts";
import { readAll } from "./upstream-lists.ts";

/** Long enough for whoever makes an address and attaches it in two steps. */
const defaultMinAgeMs = 5 * 60_000;

/** What became of one floating IP. */
type Outcome = "deleted" | "kept" | { readonly reason: string; readonly message: string };

/** Makes the handler of `DeleteUnattachedFloatingIps`. */
export function deleteUnattachedHandler(
  engine: Engine,
  floatingIps: FloatingIps,
): UnaryHandlerOf<
  typeof DeleteUnattachedFloatingIpsRequestSchema,
  typeof DeleteUnattachedFloatingIpsResponseSchema
> {
  const client = engine.resource(FloatingIpSchema);
  return async (request, call) => {
    const region = await oneRegion(call, request.location);
    requireNeutron(region);
    const { minAge } = request;
    const minAgeMs =
      minAge === undefined ? defaultMinAgeMs : Number(minAge.seconds) * 1000 + minAge.nanos / 1e6;
    const network =
      request.network === ""
        ? undefined
        : await engine.find(NetworkSchema.typeName, request.network, region, call);
    const deleted: JsonObject[] = [];
    const failed: { raw: JsonObject; reason: string; message: string }[] = [];
    for (const raw of await candidates(network, minAgeMs, region, call)) {
      const outcome = await deleteOne(raw, request.dryRun, floatingIps, region, call);
      if (outcome === "deleted") {
        deleted.push(raw);
      } else if (outcome !== "kept") {
        failed.push({ raw, ...outcome });
      }
    }
    return create(DeleteUnattachedFloatingIpsResponseSchema, {
      deleted: await client.messages(deleted, region, call),
      failed: await Promise.all(
        failed.map(async ({ raw, reason, message }) =>
          create(FloatingIpFailureSchema, {
            floatingIp: await client.message(raw, region, call),
            reason,
            message,
          }),
        ),
      ),
    });
  };
}

/** The caller's own project's, old enough by the cloud's clock. */
async function candidates(
  network: string | undefined,
  minAgeMs: number,
  region: Region,
  scope: CallScope,
): Promise<JsonObject[]> {
  const { project } = await region.identity(scope);
  if (project === undefined) {
    return [];
  }
  const query = {
    project_id: project.id,
    ...(network === undefined ? {} : { floating_network_id: network }),
  };
  const { objects, answeredAt } = await readAll("floatingIps", query, region, scope);
  return objects.filter((raw) => {
    const age = answeredAt - Date.parse(String(raw.created_at));
    return (
      !isAttached(raw) &&
      (raw.project_id ?? raw.tenant_id) === project.id &&
      (minAgeMs === 0 || age >= minAgeMs)
    );
  });
}

/** The lock is held for one address at a time, so that a long list keeps nobody waiting. */
function deleteOne(
  raw: JsonObject,
  dryRun: boolean,
  floatingIps: FloatingIps,
  region: Region,
  scope: CallScope,
): Promise<Outcome> {
  const id = String(raw.id);
  const { marks } = floatingIps.stock;
  return floatingIps.stock.exclusively<Outcome>(region, scope, async () => {
    if (marks.isMarked(raw)) {
      return "kept";
    }
    if (dryRun) {
      return "deleted";
    }
    try {
      const claimed = await marks.claim<Outcome>(id, region, scope, async (now, limited) => {
        if (isAttached(now)) {
          return "kept";
        }
        await floatingIps.calls.delete(id, region, limited);
        return "deleted";
      });
      return claimed.outcome === "done" ? claimed.value : "kept";
    } catch (error) {
      if (!isFault(error) || scope.signal.aborted) {
        throw error;
      }
      const { reason, message } = error;
      return reason === "NOT_FOUND" ? "kept" : { reason, message };
    }
  });
}
