import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { isFault } from "../cloud/fault.ts";
import { cloudsOf } from "../cloud/one-region.ts";
import type { Call, Region } from "../cloud/region.ts";
import {
  type CallerIdentity,
  CallerIdentitySchema,
  type WhoAmIRequest,
  type WhoAmIResponse,
  WhoAmIResponseSchema,
} from "../gen/oaktree/v1/access_pb.js";
import { UnreachableLocationSchema } from "../gen/oaktree/v1/common_pb.js";
import { accessOf } from "./presets.ts";

/** Serves `WhoAmI`. */
export async function whoAmI(request: WhoAmIRequest, call: Call): Promise<WhoAmIResponse> {
  const regions = await cloudsOf(call, request.location);
  const answer = create(WhoAmIResponseSchema);
  let failure: unknown;
  const asked = await Promise.allSettled(regions.map((region) => identityAt(region, call)));
  for (const [index, result] of asked.entries()) {
    if (result.status === "fulfilled") {
      answer.identities.push(result.value);
    } else if (isFault(result.reason)) {
      failure ??= result.reason;
      answer.unreachable.push(create(UnreachableLocationSchema, { cloud: regions[index]?.cloud ?? "" }));
    } else {
      throw result.reason;
    }
  }
  if (answer.identities.length === 0) {
    throw failure;
  }
  return answer;
}

async function identityAt(region: Region, call: Call): Promise<CallerIdentity> {
  const { userId, userName, userDomain, project, roles, credential, until } = await region.identity(call);
  const catalogue = await region.catalogue(call);
  return create(CallerIdentitySchema, {
    location: { cloud: region.cloud, ...(project !== undefined && { project }) },
    userId,
    userName,
    userDomainId: userDomain.id,
    userDomainName: userDomain.name,
    roles: [...roles],
    ...(credential !== undefined && {
      apiUser: {
        id: credential.id,
        name: credential.name,
        isUnrestricted: credential.isUnrestricted,
        access: accessOf(credential.accessRules ?? [], catalogue),
        accessRules: (credential.accessRules ?? []).map((rule) => ({ ...rule })),
      },
    }),
    tokenExpireTime: timestampFromMs(Math.floor(until)),
    scopes: [...(call.caller.scopes ?? [])],
  });
}
