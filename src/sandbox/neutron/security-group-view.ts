import type { JsonObject } from "../../cloud/json.ts";
import { common } from "./call.ts";
import type { SecurityGroup, SecurityGroupRule } from "./state/types.ts";

/** A rule as Neutron shows it. */
export function ruleView(group: SecurityGroup, rule: SecurityGroupRule): JsonObject {
  return {
    id: rule.id,
    tenant_id: group.projectId,
    security_group_id: group.id,
    ethertype: rule.ethertype,
    direction: rule.direction,
    protocol: rule.protocol,
    port_range_min: rule.portMin,
    port_range_max: rule.portMax,
    remote_ip_prefix: rule.remotePrefix,
    remote_address_group_id: null,
    normalized_cidr: rule.remotePrefix,
    remote_group_id: rule.remoteGroup,
    standard_attr_id: 10,
    description: rule.description,
    ...common({ projectId: group.projectId, createdAt: rule.createdAt }, 0),
  };
}
