import { randomUUID } from "node:crypto";
import { isObject, type JsonObject } from "../../cloud/json.ts";
import type { Reply } from "../core/http.ts";
import { mayWrite, type NovaCall, NovaError, type NovaHandler } from "./call.ts";
import { anything, checked, checkName, oneOf } from "./schema.ts";
import type { ServerGroup } from "./state.ts";

/** Most groups of a project. */
export const maxServerGroups = 10;

/** Groups of servers. The one host of the sandbox cannot keep any apart, so that policies have no effect. */
export const serverGroupRoutes: Readonly<Record<string, NovaHandler>> = {
  "GET /os-server-groups": (call) => {
    const { query } = call.request;
    const all = call.caller.admin && query.has("all_projects");
    const groups = [...call.world.serverGroups.values()].filter(
      ({ projectId }) => all || projectId === call.caller.projectId,
    );
    const offset = Number(query.get("offset") ?? 0);
    const limit = Number(query.get("limit") ?? call.settings.pageLimit);
    const page = groups.slice(offset, offset + limit);
    return { status: 200, json: { server_groups: page.map((group) => view(call, group)) } };
  },
  "POST /os-server-groups": create,
  "GET /os-server-groups/:id": (call) => ({
    status: 200,
    json: { server_group: view(call, findGroup(call, call.request.params.id ?? "")) },
  }),
  "DELETE /os-server-groups/:id": (call) => {
    const group = findGroup(call, call.request.params.id ?? "");
    mayWrite(call, "os-server-groups:delete");
    call.world.serverGroups.delete(group.id);
    return { status: 204 };
  },
};

/** A group of the caller's project. @throws NovaError 404. */
export function findGroup({ world, caller }: NovaCall, id: string): ServerGroup {
  const group = world.serverGroups.get(id);
  if (group === undefined || (group.projectId !== caller.projectId && !caller.admin)) {
    throw new NovaError(404, `Instance group ${id} could not be found.`);
  }
  return group;
}

/** Before 2.64 there is a list with one policy, and no rules. */
async function create(call: NovaCall): Promise<Reply> {
  const single = call.version >= 64;
  const policies = [
    "anti-affinity",
    "affinity",
    ...(call.version >= 15 ? ["soft-anti-affinity", "soft-affinity"] : []),
  ];
  const known = single
    ? { name: anything, policy: oneOf(...policies), rules: anything }
    : { name: anything, policies: anything };
  const given = checked(await call.json(), "server_group", known, ["name", single ? "policy" : "policies"]);
  const name = checkName(given.name ?? "");
  mayWrite(call, "os-server-groups:create");
  const policy = single ? given.policy : Array.isArray(given.policies) ? given.policies[0] : undefined;
  if (typeof policy !== "string" || !policies.includes(policy)) {
    throw new NovaError(400, `Invalid input for field/attribute policies. Value: ${policy}.`);
  }
  const rules = isObject(given.rules) ? given.rules : {};
  if (Object.keys(rules).length > 0 && policy !== "anti-affinity") {
    throw new NovaError(400, "Only anti-affinity policy supports rules.");
  }
  const own = [...call.world.serverGroups.values()].filter(
    ({ projectId }) => projectId === call.caller.projectId,
  );
  if (own.length >= maxServerGroups) {
    throw new NovaError(403, "Quota exceeded, too many server groups.");
  }
  const group: ServerGroup = {
    id: randomUUID(),
    projectId: call.caller.projectId,
    userId: call.caller.user.id,
    name,
    policy,
    maxServerPerHost: rules.max_server_per_host === undefined ? undefined : Number(rules.max_server_per_host),
  };
  call.world.serverGroups.set(group.id, group);
  return { status: 200, json: { server_group: view(call, group) } };
}

function view({ version, world }: NovaCall, group: ServerGroup): JsonObject {
  const { id, name, policy, maxServerPerHost, projectId, userId } = group;
  const members = [...world.servers.values()].filter(
    (server) => server.groupId === id && server.vmState !== "deleted",
  );
  const rules = maxServerPerHost === undefined ? {} : { max_server_per_host: maxServerPerHost };
  return {
    id,
    name,
    ...(version >= 64 ? { policy, rules } : { policies: [policy], metadata: {} }),
    members: members.map((server) => server.id),
    ...(version >= 13 ? { project_id: projectId, user_id: userId } : {}),
  };
}
