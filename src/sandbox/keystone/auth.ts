import { isObject, type JsonObject, type JsonValue } from "../../cloud/json.ts";
import {
  type ApplicationCredential,
  expecting,
  forbidden,
  type Identity,
  KeystoneError,
  type Token,
  unauthorized,
} from "./identity.ts";
import type { Project, User } from "./state.ts";

/** Makes a token for the body of `POST /v3/auth/tokens`. */
export function authenticate(identity: Identity, body: JsonObject): Token {
  const auth = part(body, "auth", "request body");
  const { identity: proof } = auth;
  if (!isObject(proof)) {
    throw new KeystoneError(400, "'identity' is a required property");
  }
  const methods = proof.methods;
  if (!Array.isArray(methods)) {
    throw new KeystoneError(400, "'methods' is a required property");
  }
  let user: User | undefined;
  let parent: Token | undefined;
  let credential: ApplicationCredential | undefined;
  for (const method of methods) {
    const given = part(proof, String(method), "identity");
    if (method === "password") {
      user = byPassword(identity, part(given, "user", "password"));
    } else if (method === "token") {
      parent = byToken(identity, given);
      user = parent.user;
    } else if (method === "application_credential") {
      credential = byCredential(identity, given);
      user = credential.user;
      if (auth.scope !== undefined) {
        const words = "Application credentials cannot request a scope.";
        throw new KeystoneError(401, `Error authenticating with application credential: ${words}`, {
          identity: {},
        });
      }
    }
  }
  if (user === undefined) {
    throw unauthorized();
  }
  const names = [
    ...new Set([...(parent?.methods.filter((name) => name !== "token") ?? []), ...methods.map(String)]),
  ];
  if (credential !== undefined) {
    const { project, roles } = credential;
    return identity.issue({ methods: names, user, project, system: false, roles, credential });
  }
  return identity.issue({ methods: names, user, credential, ...scope(identity, user, auth.scope) }, parent);
}

function part(object: JsonObject, key: string, where: string): JsonObject {
  const value = object[key];
  if (!isObject(value)) {
    throw expecting(key, where);
  }
  return value;
}

/** The user that an `{id}` or `{name, domain}` names. */
export function findUser(identity: Identity, given: JsonObject): User | undefined {
  if (typeof given.id === "string") {
    return identity.world.users.get(given.id);
  }
  if (!inDefaultDomain(given, "user")) {
    return undefined;
  }
  return [...identity.world.users.values()].find((user) => user.name === given.name);
}

function inDefaultDomain(given: JsonObject, where: string): boolean {
  const domain = part(given, "domain", where);
  return domain.id === "default" || domain.name === "Default";
}

function byPassword(identity: Identity, given: JsonObject): User {
  const user = findUser(identity, given);
  if (user === undefined || user.password !== given.password) {
    throw unauthorized();
  }
  return user;
}

function byToken(identity: Identity, given: JsonObject): Token {
  const token = typeof given.id === "string" ? identity.find(given.id) : undefined;
  if (token === undefined) {
    const known = typeof given.id === "string" && identity.looksLikeToken(given.id);
    throw new KeystoneError(404, known ? "Failed to validate token" : "Could not recognize Fernet token");
  }
  if (token.credential !== undefined) {
    throw forbidden("Using a delegated token to create another token is not allowed.");
  }
  return token;
}

function byCredential(identity: Identity, given: JsonObject): ApplicationCredential {
  const owner = isObject(given.user) ? findUser(identity, given.user) : undefined;
  const credential =
    typeof given.id === "string"
      ? identity.credentials.get(given.id)
      : [...identity.credentials.values()].find((each) => each.user === owner && each.name === given.name);
  const now = identity.world.timeline.now();
  if (credential === undefined && typeof given.id === "string") {
    throw new KeystoneError(404, `Could not find Application Credential: ${given.id}.`);
  }
  if (
    credential === undefined ||
    credential.secret !== given.secret ||
    (credential.expiresAt !== undefined && credential.expiresAt <= now)
  ) {
    throw unauthorized();
  }
  return credential;
}

function scope(
  identity: Identity,
  user: User,
  wanted: JsonValue | undefined,
): Pick<Token, "project" | "system" | "roles"> {
  if (wanted === undefined || wanted === "unscoped") {
    return { project: undefined, system: false, roles: [] };
  }
  if (isObject(wanted) && isObject(wanted.project)) {
    const project = findProject(identity, wanted.project);
    if (project === user.project) {
      return { project, system: false, roles: user.roles };
    }
  } else if (isObject(wanted) && isObject(wanted.system) && user.roles.includes("admin")) {
    return { project: undefined, system: true, roles: user.roles };
  }
  // Nobody has a role on the domain, as in a fresh cloud; and a scope without a role is a plain 401.
  throw unauthorized();
}

function findProject(identity: Identity, given: JsonObject): Project | undefined {
  if (typeof given.id === "string") {
    return identity.world.projects.get(given.id);
  }
  if (!inDefaultDomain(given, "project")) {
    return undefined;
  }
  return [...identity.world.projects.values()].find((project) => project.name === given.name);
}
