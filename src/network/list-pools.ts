import { create } from "@bufbuild/protobuf";
import { regionsOf } from "../cloud/one-region.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import {
  type FloatingIpPool,
  FloatingIpPoolSchema,
  type ListFloatingIpPoolsRequestSchema,
  ListFloatingIpPoolsResponseSchema,
} from "../gen/oaktree/v1/network_pb.js";
import { compileGlob } from "../rest/glob.ts";
import type { UnaryHandlerOf } from "../rest/handler.ts";
import { ListAnswer } from "../rest/list-answer.ts";
import { readRoles } from "./network-views.ts";
import { networkConfig } from "./role-config.ts";
import { networksWith } from "./roles.ts";

/** Most locations with their pools in one answer: there are a few pools in each. */
const maxPools = 10_000;

/** Makes the handler of `ListFloatingIpPools`. */
export function listPoolsHandler(): UnaryHandlerOf<
  typeof ListFloatingIpPoolsRequestSchema,
  typeof ListFloatingIpPoolsResponseSchema
> {
  return async (request, call) => {
    const regions = await regionsOf(call, request.location);
    const answer = new ListAnswer(maxPools, []);
    const wanted = compileGlob(request.nameOrId);
    const found = await Promise.all(
      regions.map(async (region) => {
        try {
          return await poolsOf(region, call);
        } catch (error) {
          answer.failed(region, error, {
            absentIsEmpty: true,
            isCancelled: call.signal.aborted,
            allRequired: false,
          });
          return [];
        }
      }),
    );
    answer.throwIfNothingAnswered(regions.length, false);
    return create(ListFloatingIpPoolsResponseSchema, {
      floatingIpPools: found
        .flat()
        .filter(
          ({ id, name }) =>
            request.nameOrId === "" || [id, name].some((text) => text === request.nameOrId || wanted(text)),
        ),
      unreachable: answer.unreachable.map(([cloud, region]) => ({ cloud, region })),
    });
  };
}

async function poolsOf(region: Region, scope: CallScope): Promise<FloatingIpPool[]> {
  if (networkConfig(region).floatingIps !== "neutron") {
    return [];
  }
  const { roles } = await readRoles(region, scope);
  return networksWith(roles, "nat-source").map(({ id, name }) =>
    create(FloatingIpPoolSchema, {
      location: { cloud: region.cloud, region: region.name },
      id,
      name,
    }),
  );
}
