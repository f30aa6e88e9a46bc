import { randomBytes } from "node:crypto";
import { isObject, type JsonObject } from "../../cloud/json.ts";
import { isoMicros } from "../core/clock.ts";
import { hexId } from "../core/ids.ts";
import { type KeystoneCall, type KeystoneHandler, listed } from "./call.ts";
import { type WantedCredential, wantedCredential } from "./credential-input.ts";
import { roleFacts } from "./directory.ts";
import {
  type AccessRule,
  type ApplicationCredential,
  forbidden,
  KeystoneError,
  type Token,
} from "./identity.ts";
import type { User } from "./state.ts";

/** Most application credentials of a user (Keystone has no limit; memory does). */
const maxCredentials = 1000;

/** Most access rules of one of them. */
const maxRules = 1000;

/** Application credentials below `/v3/users/{id}`. */
export const credentialRoutes: Readonly<Record<string, KeystoneHandler>> = {
  "GET /v3/users/:user/application_credentials": (call) => {
    const user = owner(call, "list_application_credentials");
    const name = call.request.query.get("name");
    const found = of(call, user).filter((each) => name === null || each.name === name);
    return listed(
      call,
      "application_credentials",
      found.map((each) => view(call, each)),
    );
  },
  "POST /v3/users/:user/application_credentials": async (call) => {
    const token = call.token();
    if (token.user.id !== call.request.params.user) {
      throw forbidden("identity:create_application_credential");
    }
    const credential = made(call, token, (await call.json()).application_credential);
    call.identity.credentials.set(credential.id, credential);
    const json = { ...view(call, credential), secret: credential.secret };
    return { status: 201, json: { application_credential: json } };
  },
  "GET /v3/users/:user/application_credentials/:id": (call) => {
    const user = owner(call, "get_application_credential");
    return { status: 200, json: { application_credential: view(call, one(call, user)) } };
  },
  "DELETE /v3/users/:user/application_credentials/:id": (call) => {
    const user = owner(call, "delete_application_credential");
    restricted(call.token());
    call.identity.credentials.delete(one(call, user).id);
    return { status: 204 };
  },
  "GET /v3/users/:user/access_rules": (call) => {
    const user = owner(call, "list_access_rules");
    const rules = [...call.identity.accessRules.values()].filter(({ userId }) => userId === user.id);
    return listed(
      call,
      "access_rules",
      rules.map((rule) => ruleView(call, rule)),
    );
  },
  "GET /v3/users/:user/access_rules/:id": (call) => {
    const rule = oneRule(call, owner(call, "get_access_rule"));
    return { status: 200, json: { access_rule: ruleView(call, rule) } };
  },
  "DELETE /v3/users/:user/access_rules/:id": (call) => {
    const { id } = oneRule(call, owner(call, "delete_access_rule"));
    restricted(call.token());
    const users = [...call.identity.credentials.values()];
    if (users.some(({ accessRules }) => accessRules?.some((rule) => rule.id === id))) {
      throw new KeystoneError(403, "May not delete access rule in use");
    }
    call.identity.accessRules.delete(id);
    return { status: 204 };
  },
};

/** The user of the path, whose credentials only an administrator and the user may see. */
function owner(call: KeystoneCall, action: string): User {
  const token = call.token();
  const user = call.identity.world.users.get(call.request.params.user ?? "");
  if (user === undefined || (user !== token.user && !token.roles.includes("admin"))) {
    throw forbidden(`identity:${action}`);
  }
  return user;
}

function of(call: KeystoneCall, user: User): ApplicationCredential[] {
  return [...call.identity.credentials.values()].filter((each) => each.user === user);
}

function one(call: KeystoneCall, user: User): ApplicationCredential {
  const id = call.request.params.id ?? "";
  const found = of(call, user).find((each) => each.id === id);
  if (found === undefined) {
    throw new KeystoneError(404, `Could not find Application Credential: ${id}.`);
  }
  return found;
}

function oneRule(call: KeystoneCall, user: User): AccessRule {
  const id = call.request.params.id ?? "";
  const found = call.identity.accessRules.get(id);
  if (found === undefined || found.userId !== user.id) {
    throw new KeystoneError(404, `Could not find Access Rule: ${id}.`);
  }
  return found;
}

function ruleView(call: KeystoneCall, { id, service, path, method }: AccessRule): JsonObject {
  return { id, service, path, method, links: { self: `${call.url}/access_rules/${id}` } };
}

function restricted(token: Token): void {
  if (token.credential !== undefined && token.credential.unrestricted !== true) {
    throw forbidden(
      "Using method 'application_credential' is not allowed for managing additional application credentials.",
    );
  }
}

function made(call: KeystoneCall, token: Token, given: unknown): ApplicationCredential {
  const { identity } = call;
  const wanted = wantedCredential(isObject(given) ? given : {}, identity.world.timeline.now());
  restricted(token);
  const { project, user } = token;
  if (project === undefined) {
    throw new KeystoneError(400, "Invalid application credential: Could not find project: None.");
  }
  const roles = rolesOf(call, token, wanted);
  const existing = of(call, user);
  if (existing.some((each) => each.name === wanted.name)) {
    const words = `Duplicate entry found with name ${wanted.name}.`;
    throw new KeystoneError(409, `Conflict occurred attempting to store application_credential - ${words}`);
  }
  if (existing.length >= maxCredentials || (wanted.accessRules?.length ?? 0) > maxRules) {
    throw new KeystoneError(403, "Unable to create additional application credentials.");
  }
  return {
    id: hexId(),
    name: wanted.name,
    description: wanted.description,
    user,
    project,
    roles,
    secret: wanted.secret || randomBytes(64).toString("base64url"),
    expiresAt: wanted.expiresAt,
    unrestricted: wanted.unrestricted,
    accessRules: wanted.accessRules?.map((rule) => kept(call, user, rule)),
  };
}

function rolesOf(call: KeystoneCall, token: Token, { roles }: WantedCredential): readonly string[] {
  if (roles.length === 0) {
    return token.roles;
  }
  return roles.map((wanted) => {
    const [name] = [...call.identity.world.roles].find(
      ([name, id]) => name === wanted.name || id === wanted.id,
    ) ?? [undefined];
    if (name === undefined && wanted.name !== undefined) {
      throw new KeystoneError(404, `Role ${wanted.name} is not defined`);
    }
    if (name === undefined || !token.roles.includes(name)) {
      const words = "Cannot create an application credential with unassigned role";
      throw new KeystoneError(400, `Invalid application credential: ${words}`);
    }
    return name;
  });
}

/** An access rule; one that the user has already keeps its id, and may be named by it. */
function kept(call: KeystoneCall, user: User, rule: JsonObject): AccessRule {
  const { accessRules } = call.identity;
  if (typeof rule.id === "string") {
    const known = accessRules.get(rule.id);
    if (known?.userId === user.id) {
      return known;
    }
    if (rule.path === undefined) {
      throw new KeystoneError(404, `Could not find Access Rule: ${rule.id}.`);
    }
  }
  const { service, method, path } = {
    service: String(rule.service ?? ""),
    method: String(rule.method ?? ""),
    path: String(rule.path ?? ""),
  };
  const same = [...accessRules.values()].find(
    (each) =>
      each.userId === user.id && each.service === service && each.method === method && each.path === path,
  );
  const id = typeof rule.id === "string" ? rule.id : hexId();
  const found = same ?? { id, service, path, method, userId: user.id };
  accessRules.set(found.id, found);
  return found;
}

function view(call: KeystoneCall, credential: ApplicationCredential): JsonObject {
  const { id, accessRules, expiresAt } = credential;
  const roles = call.identity.roleRefs(credential.roles).map(roleFacts);
  return {
    id,
    name: credential.name,
    description: credential.description,
    user_id: credential.user.id,
    project_id: credential.project.id,
    system: null,
    expires_at: expiresAt === undefined ? null : isoMicros(expiresAt),
    unrestricted: credential.unrestricted,
    roles,
    ...(accessRules === undefined
      ? {}
      : {
          access_rules: accessRules.map(({ id, service, path, method }) => ({ id, service, path, method })),
        }),
    links: { self: `${call.url}/application_credentials/${id}` },
  };
}
