import { create } from "@bufbuild/protobuf";
import type { JsonObject } from "../cloud/json.ts";
import { oneRegion } from "../cloud/one-region.ts";
import type { Call } from "../cloud/region.ts";
import {
  type CreateServerGroupRequest,
  type CreateServerGroupResponse,
  CreateServerGroupResponseSchema,
  type ServerGroupSchema,
} from "../gen/oaktree/v1/compute_pb.js";
import { isNewer } from "../rest/encode.ts";
import type { ResourceClient } from "../rest/resource-client.ts";

/** Microversion that has one policy with rules, in place of a list of policies (nova, 2.64, Rocky). */
const onePolicySince = "2.64";

/** Before 2.64 a group has a list of policies, of which Nova takes exactly one. */
export function prepareServerGroup(raw: JsonObject): JsonObject {
  const { policies, ...rest } = raw;
  return Array.isArray(policies) && policies.length <= 1 ? { policy: policies[0] ?? null, ...rest } : raw;
}

/** Makes the handler of `CreateServerGroup`. */
export function createServerGroupHandler(groups: ResourceClient<typeof ServerGroupSchema>) {
  return async (
    { location, name, policy, maxServersPerHost }: CreateServerGroupRequest,
    call: Call,
  ): Promise<CreateServerGroupResponse> => {
    const region = await oneRegion(call, location);
    const { maxMicroversion } = groups.table.options;
    const microversion = await region.microversion("compute", maxMicroversion, call);
    const isOld = microversion === undefined || isNewer(onePolicySince, microversion);
    const body: JsonObject = isOld && maxServersPerHost === undefined ? { policies: [policy] } : { policy };
    if (maxServersPerHost !== undefined) {
      body.rules = { max_server_per_host: maxServersPerHost };
    }
    const answer = await groups.send(
      {
        method: "POST",
        path: groups.table.path,
        body: { server_group: { name, ...body } },
        minMicroversion: maxServersPerHost === undefined ? undefined : onePolicySince,
      },
      region,
      call,
    );
    const raw = groups.objectIn(answer, ["server_group"], region);
    return create(CreateServerGroupResponseSchema, { serverGroup: await groups.message(raw, region, call) });
  };
}
