import type { JsonObject } from "../../cloud/json.ts";
import type { Reply } from "../core/http.ts";
import { type KeystoneCall, type KeystoneHandler, listed } from "./call.ts";
import { catalogue, regions } from "./catalogue.ts";
import { forbidden, KeystoneError } from "./identity.ts";
import type { Project, User } from "./state.ts";

/** Users, projects, roles and who has which; and what the catalogue is made of. All to be read only. */
export const directoryRoutes: Readonly<Record<string, KeystoneHandler>> = {
  "GET /v3/users": (call) => {
    adminOnly(call, "list_users");
    return list(call, "users", [...call.identity.world.users.values()], userView);
  },
  "GET /v3/users/:user": (call) => {
    const found = self(call, "get_user");
    return { status: 200, json: { user: userView(call, found) } };
  },
  "GET /v3/users/:user/projects": (call) =>
    list(call, "projects", [self(call, "list_user_projects").project], projectView),
  "GET /v3/auth/projects": (call) => list(call, "projects", [call.token().user.project], projectView),
  "GET /v3/projects": (call) => {
    adminOnly(call, "list_projects");
    return list(call, "projects", [...call.identity.world.projects.values()], projectView);
  },
  "GET /v3/projects/:project": (call) => {
    const token = call.token();
    const id = call.request.params.project ?? "";
    if (token.project?.id !== id && !token.roles.includes("admin")) {
      throw forbidden("identity:get_project");
    }
    return { status: 200, json: { project: projectView(call, findProject(call, id)) } };
  },
  "GET /v3/projects/:project/users/:user/roles": (call) => {
    adminOnly(call, "list_grants");
    const project = findProject(call, call.request.params.project ?? "");
    const user = findUser(call);
    return list(call, "roles", user.project === project ? rolesNamed(call, user.roles) : [], roleView);
  },
  "GET /v3/roles": (call) => {
    adminOnly(call, "list_roles");
    return list(call, "roles", rolesNamed(call, [...call.identity.world.roles.keys()]), roleView);
  },
  "GET /v3/roles/:role": (call) => {
    adminOnly(call, "get_role");
    const id = call.request.params.role ?? "";
    const found = rolesNamed(call, [...call.identity.world.roles.keys()]).find((each) => each.id === id);
    if (found === undefined) {
      throw new KeystoneError(404, `Could not find role: ${id}.`);
    }
    return { status: 200, json: { role: roleView(call, found) } };
  },
  "GET /v3/role_assignments": assignments,
  "GET /v3/domains": (call) => {
    adminOnly(call, "list_domains");
    return list(call, "domains", [defaultDomain], domainView);
  },
  "GET /v3/domains/:domain": (call) => {
    adminOnly(call, "get_domain");
    if (call.request.params.domain !== "default") {
      throw new KeystoneError(404, `Could not find domain: ${call.request.params.domain}.`);
    }
    return { status: 200, json: { domain: domainView(call, defaultDomain) } };
  },
  "GET /v3/regions": (call) =>
    list(
      call,
      "regions",
      regions.map((id) => ({ id, name: id })),
      ({ url }, { id }) => ({
        id,
        description: "",
        parent_region_id: null,
        links: { self: `${url}/regions/${id}` },
      }),
    ),
  "GET /v3/services": (call) => {
    adminOnly(call, "list_services");
    return list(call, "services", servicesOf(call), ({ url }, { id, name, type }) => ({
      name,
      id,
      type,
      enabled: true,
      links: { self: `${url}/services/${id}` },
    }));
  },
  "GET /v3/endpoints": (call) => {
    adminOnly(call, "list_endpoints");
    const endpoints = servicesOf(call).flatMap(({ id, endpoints }) =>
      endpoints.map((each) => ({ ...each, id: String(each.id), name: "", service_id: id })),
    );
    return list(call, "endpoints", endpoints, ({ url }, { name: _, ...each }) => ({
      ...each,
      enabled: true,
      links: { self: `${url}/endpoints/${each.id}` },
    }));
  },
};

const defaultDomain = { id: "default", name: "Default" };

function adminOnly(call: KeystoneCall, action: string): void {
  if (!call.token().roles.includes("admin")) {
    throw forbidden(`identity:${action}`);
  }
}

/** The user of the path, whom only an administrator and the user may see. */
function self(call: KeystoneCall, action: string): User {
  const { user, roles } = call.token();
  if (call.request.params.user !== user.id && !roles.includes("admin")) {
    throw forbidden(`identity:${action}`);
  }
  return findUser(call);
}

function findUser(call: KeystoneCall): User {
  const id = call.request.params.user ?? "";
  const found = call.identity.world.users.get(id);
  if (found === undefined) {
    throw new KeystoneError(404, `Could not find user: ${id}.`);
  }
  return found;
}

function findProject(call: KeystoneCall, id: string): Project {
  const found = call.identity.world.projects.get(id);
  if (found === undefined) {
    throw new KeystoneError(404, `Could not find project: ${id}.`);
  }
  return found;
}

/** A list, by name if the client asks for one. */
function list<Item extends { readonly name: string }>(
  call: KeystoneCall,
  key: string,
  items: readonly Item[],
  view: (call: KeystoneCall, item: Item) => JsonObject,
): Reply {
  const name = call.request.query.get("name");
  const found = items.filter((each) => name === null || each.name.toLowerCase() === name.toLowerCase());
  return listed(
    call,
    key,
    found.map((each) => view(call, each)),
  );
}

function userView({ url }: KeystoneCall, { id, name }: User): JsonObject {
  return {
    id,
    name,
    domain_id: "default",
    enabled: true,
    password_expires_at: null,
    options: {},
    links: { self: `${url}/users/${id}` },
  };
}

function projectView({ url }: KeystoneCall, { id, name }: Project): JsonObject {
  return {
    id,
    name,
    domain_id: "default",
    description: "",
    enabled: true,
    parent_id: "default",
    is_domain: false,
    tags: [],
    options: {},
    links: { self: `${url}/projects/${id}` },
  };
}

function domainView({ url }: KeystoneCall, { id, name }: { id: string; name: string }): JsonObject {
  return {
    id,
    name,
    description: "The default domain",
    enabled: true,
    tags: [],
    options: {},
    links: { self: `${url}/domains/${id}` },
  };
}

function rolesNamed(call: KeystoneCall, names: readonly string[]): { id: string; name: string }[] {
  return names.map((name) => ({ id: call.identity.world.roles.get(name) ?? "", name }));
}

function roleView({ url }: KeystoneCall, role: { id: string; name: string }): JsonObject {
  return { ...roleFacts(role), links: { self: `${url}/roles/${role.id}` } };
}

/** A role as application credentials have it: without links. */
export function roleFacts({ id, name }: { id: string; name: string }): JsonObject {
  return { id, name, domain_id: null, description: null, options: { immutable: true } };
}

function assignments(call: KeystoneCall): Reply {
  adminOnly(call, "list_role_assignments");
  const { query } = call.request;
  const named = query.has("include_names") && query.get("include_names") !== "false";
  const domain = { id: "default", name: "Default" };
  const shown = (each: { id: string; name: string }, more: JsonObject) =>
    named ? { id: each.id, name: each.name, ...more } : { id: each.id };
  const fits = (key: string, id: string) => !query.has(key) || query.get(key) === id;
  const found = [...call.identity.world.users.values()]
    .filter((user) => fits("user.id", user.id) && fits("scope.project.id", user.project.id))
    .flatMap((user) =>
      rolesNamed(call, user.roles)
        .filter((role) => fits("role.id", role.id))
        .map((role): JsonObject => {
          const path = `projects/${user.project.id}/users/${user.id}/roles/${role.id}`;
          return {
            links: { assignment: `${call.url}/${path}` },
            scope: { project: shown(user.project, { domain }) },
            user: shown(user, { domain }),
            role: shown(role, {}),
          };
        }),
    );
  return listed(call, "role_assignments", found);
}

function servicesOf(call: KeystoneCall) {
  const root = call.request.base.slice(0, -"/identity".length);
  return (catalogue(root, "%(project_id)s", call.identity.absent) as JsonObject[]).map(
    ({ id, name, type, endpoints }) => ({
      id: String(id),
      name: String(name),
      type: String(type),
      endpoints: endpoints as JsonObject[],
    }),
  );
}
