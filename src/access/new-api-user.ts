import { Fault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { ApiUser, ApiUserSchema } from "../gen/oaktree/v1/access_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";

/** A new API user, and the only showing of its secret. */
export interface NewApiUser {
  /** The API user. */
  readonly apiUser: ApiUser;
  /** Its secret. */
  readonly secret: string;
}

/** Makes an application credential. @throws Fault `ALREADY_EXISTS` where the name is taken. */
export async function newApiUser(
  users: ResourceClient<typeof ApiUserSchema>,
  body: JsonObject,
  region: Region,
  scope: CallScope,
): Promise<NewApiUser> {
  const { key, service } = users.table.options;
  const answer = await users.send(
    { method: "POST", path: users.table.path, body: { [key]: body } },
    region,
    scope,
  );
  const { secret, ...raw } = users.objectIn(answer, [key], region);
  if (typeof secret !== "string") {
    throw new Fault("UPSTREAM_GARBAGE", `the ${service} service of ${region.cloud} answered no secret`, {
      metadata: { cloud: region.cloud, service },
    });
  }
  return { apiUser: await users.message(raw, region, scope), secret };
}
