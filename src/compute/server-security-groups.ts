import { create } from "@bufbuild/protobuf";
import { isObject, type JsonObject } from "../cloud/json.ts";
import { oneRegion } from "../cloud/one-region.ts";
import { join, literalPath } from "../cloud/path.ts";
import type { Call, Region } from "../cloud/region.ts";
import {
  type AddServerSecurityGroupsRequest,
  type AddServerSecurityGroupsResponse,
  AddServerSecurityGroupsResponseSchema,
  type RemoveServerSecurityGroupsRequest,
  type RemoveServerSecurityGroupsResponse,
  RemoveServerSecurityGroupsResponseSchema,
  type ServerSchema,
} from "../gen/oaktree/v1/compute_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";

/**
 * Puts servers into security groups and takes them out. Nova refuses a group that
 * is there already, or is not, so that what is there is read first; each group is
 * a call of its own.
 */
export class ServerSecurityGroups {
  readonly #servers: ResourceClient<typeof ServerSchema>;

  /** Works through the engine's servers. */
  constructor(servers: ResourceClient<typeof ServerSchema>) {
    this.#servers = servers;
  }

  /** `AddServerSecurityGroups`. */
  readonly add = async (
    request: AddServerSecurityGroupsRequest,
    call: Call,
  ): Promise<AddServerSecurityGroupsResponse> => {
    const added = await this.#change(request, "addSecurityGroup", false, call);
    return create(AddServerSecurityGroupsResponseSchema, { added });
  };

  /** `RemoveServerSecurityGroups`. */
  readonly remove = async (
    request: RemoveServerSecurityGroupsRequest,
    call: Call,
  ): Promise<RemoveServerSecurityGroupsResponse> => {
    const removed = await this.#change(request, "removeSecurityGroup", true, call);
    return create(RemoveServerSecurityGroupsResponseSchema, { removed });
  };

  /** Acts on those of the groups that the server has, or does not have. */
  async #change(
    {
      location,
      nameOrId,
      securityGroups,
    }: AddServerSecurityGroupsRequest | RemoveServerSecurityGroupsRequest,
    action: string,
    whereHad: boolean,
    call: Call,
  ): Promise<string[]> {
    const region = await oneRegion(call, location);
    const { id } = await this.#servers.find(nameOrId, region, call);
    const present = await this.#groupsOf(id, region, call);
    const has = (group: string) => present.some((one) => one.id === group || one.name === group);
    const changed = [...new Set(securityGroups)].filter((group) => has(group) === whereHad);
    for (const name of changed) {
      const below = join(this.#servers.pathOf(id), literalPath("/action"));
      await this.#servers.send({ method: "POST", path: below, body: { [action]: { name } } }, region, call);
    }
    return changed;
  }

  async #groupsOf(id: string, region: Region, call: Call): Promise<JsonObject[]> {
    const below = join(this.#servers.pathOf(id), literalPath("/os-security-groups"));
    const { body } = await this.#servers.send({ method: "GET", path: below }, region, call);
    const groups = isObject(body) ? body.security_groups : undefined;
    return Array.isArray(groups) ? groups.filter(isObject) : [];
  }
}
