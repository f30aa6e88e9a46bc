import type { JsonObject } from "../../cloud/json.ts";
import {
  checkFields,
  common,
  listed,
  mayWrite,
  type NeutronCall,
  NeutronError,
  type NeutronHandler,
  shown,
} from "./call.ts";
import { ruleView } from "./security-group-view.ts";
import { addSecurityGroup } from "./state/security-groups.ts";
import type { SecurityGroup } from "./state/types.ts";

/** Most security groups. */
const maxGroups = 2000;

const fields =
  "id name tenant_id project_id description shared stateful tags created_at updated_at revision_number".split(
    " ",
  );

/** Security groups. */
export const securityGroupRoutes: Readonly<Record<string, NeutronHandler>> = {
  "GET /v2.0/security-groups": (call) =>
    listed(
      call,
      "security_groups",
      [...call.world.securityGroups.values()].filter((each) => groupVisible(call, each)).map(view),
      missing,
      fields,
    ),
  "POST /v2.0/security-groups": async (call) => {
    const given = await call.json("security_group");
    mayWrite(call, "create_security_group");
    checkFields(given, "name", "description", "stateful", "tenant_id", "project_id");
    if (call.world.securityGroups.size >= maxGroups) {
      throw new NeutronError(409, "OverQuota", "Quota exceeded for resources: ['security_group'].");
    }
    if (given.name === "default") {
      const words = "Default security group already exists.";
      throw new NeutronError(409, "SecurityGroupDefaultAlreadyExists", words);
    }
    const group = addSecurityGroup(call.world, {
      projectId: call.caller.projectId,
      name: String(given.name ?? ""),
      description: String(given.description ?? ""),
      stateful: given.stateful !== false,
    });
    return { status: 201, json: { security_group: view(group) } };
  },
  "GET /v2.0/security-groups/:id": (call) => shown(call, "security_group", view(findGroup(call))),
  "PUT /v2.0/security-groups/:id": async (call) => {
    const given = await call.json("security_group");
    const group = findGroup(call);
    mayWrite(call, "update_security_group");
    checkFields(given, "name", "description", "stateful");
    group.name = typeof given.name === "string" ? given.name : group.name;
    group.description = typeof given.description === "string" ? given.description : group.description;
    group.stateful = typeof given.stateful === "boolean" ? given.stateful : group.stateful;
    group.updatedAt = call.world.timeline.now();
    return { status: 200, json: { security_group: view(group) } };
  },
  "DELETE /v2.0/security-groups/:id": (call) => {
    const group = findGroup(call);
    mayWrite(call, "delete_security_group");
    if ([...call.world.ports.values()].some((port) => port.securityGroups.includes(group.id))) {
      throw new NeutronError(409, "SecurityGroupInUse", `Security Group ${group.id} in use.`);
    }
    if (group.name === "default") {
      const words = "Insufficient rights for removing default security group.";
      throw new NeutronError(409, "SecurityGroupCannotRemoveDefault", words);
    }
    call.world.securityGroups.delete(group.id);
    return { status: 204 };
  },
};

/** Whether the caller sees a group. */
export function groupVisible(call: NeutronCall, group: SecurityGroup): boolean {
  return group.projectId === call.caller.projectId || call.caller.admin;
}

function missing(id: string): NeutronError {
  return new NeutronError(404, "SecurityGroupNotFound", `Security group ${id} does not exist`);
}

/** The group of this id, or of the path. @throws NeutronError 404. */
export function findGroup(call: NeutronCall, id = call.request.params.id ?? ""): SecurityGroup {
  const group = call.world.securityGroups.get(id);
  if (group === undefined || !groupVisible(call, group)) {
    throw missing(id);
  }
  return group;
}

function view(group: SecurityGroup): JsonObject {
  return {
    id: group.id,
    name: group.name,
    stateful: group.stateful,
    tenant_id: group.projectId,
    description: group.description,
    shared: false,
    security_group_rules: group.rules.map((rule) => ruleView(group, rule)),
    ...common(group, 1, group.updatedAt),
  };
}
