import type { JsonObject, JsonValue } from "../../cloud/json.ts";
import type { Reply } from "../core/http.ts";
import type { SecurityGroup } from "../neutron/state/types.ts";
import { findServer, mayWrite, type NovaCall, NovaError, type NovaHandler } from "./call.ts";
import { checked, text } from "./schema.ts";
import { portsOf } from "./server-view.ts";
import type { Server } from "./state.ts";

/** The security groups of servers' ports, in Nova's form. */
export const securityGroupRoutes: Readonly<Record<string, NovaHandler>> = {
  "GET /servers/:id/os-security-groups": (call) => {
    const ids = new Set(portsOf(call, findServer(call)).flatMap((port) => port.securityGroups));
    const groups = [...ids].map((id) => call.world.securityGroups.get(id));
    const json = groups.flatMap((group) => (group === undefined ? [] : [view(group)]));
    return { status: 200, json: { security_groups: json } };
  },
};

/** The action `addSecurityGroup`. Neutron refuses a group that a port has already. */
export function addSecurityGroup(call: NovaCall, server: Server, _: JsonValue, body: JsonObject): Reply {
  const group = groupOf(call, body, "addSecurityGroup", "os-security-groups:add");
  for (const port of portsOf(call, server)) {
    if (port.securityGroups.includes(group.id)) {
      const words = `Duplicate items in the list: '${group.id}'.`;
      throw new NovaError(400, `Invalid input for security_groups. Reason: ${words}`);
    }
    port.securityGroups = [...port.securityGroups, group.id];
  }
  return { status: 202 };
}

/** The action `removeSecurityGroup`. */
export function removeSecurityGroup(call: NovaCall, server: Server, _: JsonValue, body: JsonObject): Reply {
  const group = groupOf(call, body, "removeSecurityGroup", "os-security-groups:remove");
  const having = portsOf(call, server).filter((port) => port.securityGroups.includes(group.id));
  if (having.length === 0) {
    throw new NovaError(404, `Security group ${group.name} not associated with the instance ${server.id}`);
  }
  for (const port of having) {
    port.securityGroups = port.securityGroups.filter((id) => id !== group.id);
  }
  return { status: 202 };
}

function groupOf(call: NovaCall, body: JsonObject, key: string, rule: string): SecurityGroup {
  const { name } = checked(body, key, { name: text(undefined, 1, 255) }, ["name"]);
  mayWrite(call, rule);
  const { projectId } = call.caller;
  const group = [...call.world.securityGroups.values()].find(
    (each) => each.projectId === projectId && (each.id === name || each.name === name),
  );
  if (group === undefined) {
    throw new NovaError(404, `Security group ${name} is not found for project ${projectId}`);
  }
  return group;
}

function view({ id, name, projectId }: SecurityGroup): JsonObject {
  return { id, name, description: `${name} security group`, tenant_id: projectId, rules: [] };
}
