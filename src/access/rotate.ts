import { create } from "@bufbuild/protobuf";
import { Fault, isFault } from "../cloud/fault.ts";
import { isObject, type JsonObject } from "../cloud/json.ts";
import { oneCloud } from "../cloud/one-region.ts";
import type { Call, Region } from "../cloud/region.ts";
import {
  type ApiUserSchema,
  type RotateApiUserRequest,
  type RotateApiUserResponse,
  RotateApiUserResponseSchema,
} from "../gen/oaktree/v1/access_pb.js";
import { upstreamTime } from "../rest/encode-value.ts";
import type { ResourceClient } from "../rest/resource-client.ts";
import { cleanUpScope } from "../transfer/clean-up.ts";
import { type NewApiUser, newApiUser } from "./new-api-user.ts";
import { requirePerson } from "./person.ts";

type Users = ResourceClient<typeof ApiUserSchema>;

/** Numbered names that are tried, since some may be taken. */
const triedNames = 10;

/** Makes the handler of `RotateApiUser`. */
export function rotateApiUserHandler(users: Users) {
  return async (request: RotateApiUserRequest, call: Call): Promise<RotateApiUserResponse> => {
    const region = await oneCloud(call, request.location);
    const person = await requirePerson(region, call, "rotate");
    const { id, raw } = await users.find(request.nameOrId, region, call);
    if (raw.project_id !== person.project?.id) {
      // Keystone would make the new one in the project of the token.
      throw new Fault(
        "FORBIDDEN",
        `the API user ${id} is of the project ${raw.project_id}; the caller's token is not for that project`,
        { metadata: { cloud: region.cloud, service: "identity", resourceId: id } },
      );
    }
    const body = rightsOf(raw);
    if (request.expireTime !== undefined) {
      body.expires_at = upstreamTime(request.expireTime);
    }
    const made = await successor(users, body, request.name, String(raw.name), region, call);
    if (call.signal.aborted) {
      // Nobody hears the secret.
      await users.send({ method: "DELETE", path: users.pathOf(made.apiUser.id) }, region, cleanUpScope());
      call.signal.throwIfAborted();
    }
    const oldDeletionError = request.keepOld ? "" : await deletionError(users, id, region, call);
    return create(RotateApiUserResponseSchema, { ...made, oldId: id, oldDeletionError });
  };
}

/** What a successor has from the one before it. */
function rightsOf(raw: JsonObject): JsonObject {
  const { description, roles, unrestricted, expires_at, access_rules: rules } = raw;
  return {
    ...(typeof description === "string" && { description }),
    roles: (Array.isArray(roles) ? roles : []).flatMap((role) =>
      isObject(role) && role.id !== undefined ? [{ id: role.id }] : [],
    ),
    unrestricted: unrestricted === true,
    ...(typeof expires_at === "string" && { expires_at }),
    // Without ids: Keystone finds the user's same rules again.
    ...(Array.isArray(rules) && {
      access_rules: rules.flatMap((rule) =>
        isObject(rule)
          ? [{ service: rule.service ?? null, method: rule.method ?? null, path: rule.path ?? null }]
          : [],
      ),
    }),
  };
}

async function successor(
  users: Users,
  body: JsonObject,
  wanted: string,
  oldName: string,
  region: Region,
  call: Call,
): Promise<NewApiUser> {
  if (wanted !== "") {
    return await newApiUser(users, { ...body, name: wanted }, region, call);
  }
  const [, base = oldName, number = "1"] = /^(.*)-(\d{1,9})$/.exec(oldName) ?? [];
  for (let next = Number(number) + 1; ; next++) {
    const suffix = `-${next}`;
    try {
      const name = `${base.slice(0, 255 - suffix.length)}${suffix}`;
      return await newApiUser(users, { ...body, name }, region, call);
    } catch (error) {
      if (!isFault(error, "ALREADY_EXISTS") || next >= Number(number) + triedNames) {
        throw error;
      }
    }
  }
}

/** Deletes the old one. The new one's secret must be answered in any case. */
async function deletionError(users: Users, id: string, region: Region, call: Call): Promise<string> {
  try {
    await users.send({ method: "DELETE", path: users.pathOf(id) }, region, call);
  } catch (error) {
    if (!isFault(error, "NOT_FOUND")) {
      return (error as Error).message;
    }
  }
  return "";
}
