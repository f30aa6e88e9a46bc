import { create } from "@bufbuild/protobuf";
import { oneRegion } from "../cloud/one-region.ts";
import {
  type GetNetworkRolesRequestSchema,
  GetNetworkRolesResponseSchema,
  NetworkRole,
} from "../gen/oaktree/v1/network_pb.js";
import type { UnaryHandlerOf } from "../rest/handler.ts";
import { readRoles } from "./network-views.ts";
import type { Role } from "./roles.ts";

/** The roles in the API, in its order. */
const roles: Readonly<Record<Role, NetworkRole>> = {
  "external-v4": NetworkRole.EXTERNAL_IPV4,
  "external-v6": NetworkRole.EXTERNAL_IPV6,
  "internal-v4": NetworkRole.INTERNAL_IPV4,
  "internal-v6": NetworkRole.INTERNAL_IPV6,
  "nat-source": NetworkRole.NAT_SOURCE,
  "nat-destination": NetworkRole.NAT_DESTINATION,
  "default-interface": NetworkRole.DEFAULT_INTERFACE,
};

/** Makes the handler of `GetNetworkRoles`. */
export function networkRolesHandler(): UnaryHandlerOf<
  typeof GetNetworkRolesRequestSchema,
  typeof GetNetworkRolesResponseSchema
> {
  return async (request, call) => {
    const region = await oneRegion(call, request.location);
    const known = await readRoles(region, call);
    return create(GetNetworkRolesResponseSchema, {
      roles: known.roles.all
        .map(({ network, role, isConfigured, reason }) => ({
          networkId: network.id,
          networkName: network.name,
          role: roles[role],
          isConfigured,
          reason,
        }))
        .toSorted((a, b) => a.role - b.role),
      unknownNetworks: [...known.roles.unknown],
    });
  };
}
