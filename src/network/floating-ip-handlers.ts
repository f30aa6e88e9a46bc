import { create } from "@bufbuild/protobuf";
import { isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import { oneRegion } from "../cloud/one-region.ts";
import { ServerSchema } from "../gen/oaktree/v1/compute_pb.js";
import {
  AddIpsToServerResponseSchema,
  AvailableFloatingIpResponseSchema,
  CreateFloatingIpResponseSchema,
  DeleteFloatingIpResponseSchema,
  DetachIpFromServerResponseSchema,
  FloatingIpSchema,
  type NetworkService,
  PortSchema,
} from "../gen/oaktree/v1/network_pb.js";
import type { Engine } from "../rest/engine.ts";
import type { HandlersOf } from "../rest/handler.ts";
import type { Given } from "./floating-ip-stock.ts";
import type { FloatingIps } from "./floating-ips.ts";
import type { FloatingIpChoice } from "./nat-choices.ts";
import { requireNeutron } from "./require-neutron.ts";

/** The RPCs about floating IPs and the servers that have them. */
export function floatingIpHandlers(
  engine: Engine,
  floatingIps: FloatingIps,
): HandlersOf<typeof NetworkService> {
  const client = engine.resource(FloatingIpSchema);
  const servers = engine.resource(ServerSchema);
  const ports = engine.resource(PortSchema);
  return {
    async createFloatingIp(request, call) {
      const region = await oneRegion(call, request.location);
      const more: JsonObject = {
        ...(request.description === "" ? {} : { description: request.description }),
        ...(request.floatingIpAddress === "" ? {} : { floating_ip_address: request.floatingIpAddress }),
      };
      const choice = choiceOf({ ...request, pool: request.network });
      let given: Given;
      if (request.port !== "") {
        const port = (await ports.find(request.port, region, call)).raw;
        given = await floatingIps.made.onPort({ port }, choice, more, region, call);
      } else if (request.server !== "") {
        const { id } = await servers.find(request.server, region, call);
        given = await floatingIps.made.onPort({ serverId: id }, choice, more, region, call);
      } else {
        given = await floatingIps.made.unattached(choice.pool, more, region, call);
      }
      const floatingIp = await client.message(given.raw, region, call);
      return create(CreateFloatingIpResponseSchema, { floatingIp, isNew: given.isNew });
    },

    async deleteFloatingIp(request, call) {
      const region = await oneRegion(call, request.location);
      requireNeutron(region);
      try {
        const { id } = await floatingIps.calls.find(request.nameOrId, region, call);
        await floatingIps.delete(String(id), region, call);
      } catch (error) {
        if (!(request.allowMissing && isFault(error, "NOT_FOUND"))) {
          throw error;
        }
      }
      return create(DeleteFloatingIpResponseSchema);
    },

    async availableFloatingIp(request, call) {
      const region = await oneRegion(call, request.location);
      const { raw, isNew } = await floatingIps.made.available(request.network || undefined, region, call);
      const floatingIp = await client.message(raw, region, call);
      return create(AvailableFloatingIpResponseSchema, { floatingIp, isNew });
    },

    async addIpsToServer(request, call) {
      const region = await oneRegion(call, request.location);
      const server = await servers.find(request.server, region, call);
      const choice = { ...choiceOf({ ...request, pool: request.ipPool }), reuse: request.reuseIps };
      const given: JsonObject[] = [];
      // One after the other: each is to end on another fixed address.
      for (const address of request.ips) {
        given.push((await floatingIps.attachTo(server.id, address, choice, region, call)).raw);
      }
      if (request.ips.length === 0) {
        const one = await floatingIps.addTo(server.raw, choice, region, call);
        given.push(...(one === undefined ? [] : [one.raw]));
      }
      return create(AddIpsToServerResponseSchema, {
        floatingIps: await client.messages(given, region, call),
      });
    },

    async detachIpFromServer(request, call) {
      const region = await oneRegion(call, request.location);
      const { id } = await servers.find(request.server, region, call);
      const wasAttached = await floatingIps.detachFrom(id, request.floatingIp, region, call);
      return create(DetachIpFromServerResponseSchema, { wasAttached });
    },
  };
}

function choiceOf(said: {
  readonly pool: string;
  readonly natDestination: string;
  readonly fixedIpAddress: string;
}): FloatingIpChoice {
  return {
    ...(said.pool === "" ? {} : { pool: said.pool }),
    ...(said.natDestination === "" ? {} : { natDestination: said.natDestination }),
    ...(said.fixedIpAddress === "" ? {} : { fixedAddress: said.fixedIpAddress }),
  };
}
