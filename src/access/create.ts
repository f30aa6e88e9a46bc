import { create } from "@bufbuild/protobuf";
import { Fault } from "../cloud/fault.ts";
import { oneCloud } from "../cloud/one-region.ts";
import type { Call } from "../cloud/region.ts";
import {
  ApiUserAccess,
  type ApiUserSchema,
  type CreateApiUserRequest,
  CreateApiUserRequestSchema,
  type CreateApiUserResponse,
  CreateApiUserResponseSchema,
} from "../gen/oaktree/v1/access_pb.js";
import { compileEncoder } from "../rest/encode.ts";
import type { ResourceClient } from "../rest/resource-client.ts";
import { newApiUser } from "./new-api-user.ts";
import { requirePerson } from "./person.ts";
import { rulesOf } from "./presets.ts";

/** Makes the handler of `CreateApiUser`. */
export function createApiUserHandler(users: ResourceClient<typeof ApiUserSchema>) {
  const encode = compileEncoder(CreateApiUserRequestSchema, users.table, ["roles", "access"]);
  return async (request: CreateApiUserRequest, call: Call): Promise<CreateApiUserResponse> => {
    const { access, isUnrestricted, roles } = request;
    if (isUnrestricted && access !== ApiUserAccess.EVERYTHING) {
      const description = "an API user that may make others could give them more than a preset allows";
      throw new Fault("INVALID_REQUEST", `is_unrestricted: ${description}`, {
        fields: [{ field: "is_unrestricted", description }],
      });
    }
    const region = await oneCloud(call, request.location);
    await requirePerson(region, call, "create");
    const rules = rulesOf(access, await region.catalogue(call));
    const { body } = await encode(request, () => Promise.reject(new Error("no names here")));
    if (roles.length > 0) {
      body.roles = roles.map((name) => ({ name }));
    }
    if (rules !== undefined) {
      body.access_rules = rules.map((rule) => ({ ...rule }));
    }
    return create(CreateApiUserResponseSchema, await newApiUser(users, body, region, call));
  };
}
