import { createHash } from "node:crypto";
import { Catalogue } from "./catalogue.ts";
import type { Answer } from "./connection.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import type { AccessRule, CallScope, Identity } from "./region.ts";
import { garbage, strictJson } from "./strict-json.ts";
import type { Upstream } from "./upstream-fault.ts";

/** A token with all that Keystone tells of it. */
export interface Session {
  /** The token. Only src/cloud ever sees it. */
  readonly token: string;
  /** When it was made or validated, by this machine's clock. */
  readonly since: number;
  /** When it ends, by this machine's clock. */
  readonly until: number;
  /** Whom it stands for. */
  readonly identity: Identity;
  /** Where the services are. */
  readonly catalogue: Catalogue;
  /** Equal for tokens that may see the same; without secrets. */
  readonly rights: string;
}

/** Where a caller's tokens come from. */
export interface Sessions {
  /** A session that is good now; with `long`, for a good while. */
  get(scope: CallScope, long?: boolean): Promise<Session>;
  /**
   * What to do after a service refused the session's token with 401.
   *
   * @returns another session, or undefined when Keystone still finds the token valid.
   * @throws Fault `CREDENTIAL_INVALID` when there can be no other.
   */
  refused(session: Session, scope: CallScope): Promise<Session | undefined>;
}

/** Reads Keystone's answer to an authentication or a validation. */
export function parseSession(upstream: Upstream, answer: Answer, token: string, now: number): Session {
  const body = strictJson(upstream, answer);
  const content = isObject(body) ? body.token : undefined;
  const user = isObject(content) ? content.user : undefined;
  const ends = isObject(content) ? Date.parse(String(content.expires_at)) : Number.NaN;
  if (!isObject(content) || !isObject(user) || typeof user.id !== "string" || Number.isNaN(ends)) {
    throw garbage(upstream, answer, "the answer is not a token");
  }
  const theirs = Date.parse(String(answer.headers.date));
  const ahead = Number.isNaN(theirs) ? 0 : theirs - now;
  const until = ends - ahead;
  const identity = identityOf(content, user.id, user, until);
  return {
    token,
    since: now,
    until,
    identity,
    catalogue: new Catalogue(content.catalog),
    rights: rightsOf(content, identity),
  };
}

function identityOf(content: JsonObject, userId: string, user: JsonObject, until: number): Identity {
  const { project, roles, application_credential: credential } = content;
  const domain = isObject(project) && isObject(project.domain) ? project.domain : {};
  const userDomain = isObject(user.domain) ? user.domain : {};
  return {
    userId,
    userName: textOf(user, "name"),
    userDomain: { id: textOf(userDomain, "id"), name: textOf(userDomain, "name") },
    until,
    ...(isObject(project) && {
      project: {
        id: textOf(project, "id"),
        name: textOf(project, "name"),
        domainId: textOf(domain, "id"),
        domainName: textOf(domain, "name"),
      },
    }),
    roles: (Array.isArray(roles) ? roles : [])
      .flatMap((role) => (isObject(role) ? [textOf(role, "name")] : []))
      .sort(),
    ...(isObject(credential) && {
      credential: {
        id: textOf(credential, "id"),
        name: textOf(credential, "name"),
        isUnrestricted: credential.restricted === false,
        ...(Array.isArray(credential.access_rules) && {
          accessRules: credential.access_rules.flatMap(accessRuleOf),
        }),
      },
    }),
  };
}

function accessRuleOf(rule: JsonValue): AccessRule[] {
  return isObject(rule)
    ? [{ service: textOf(rule, "service"), method: textOf(rule, "method"), path: textOf(rule, "path") }]
    : [];
}

/** User, scope, roles and access rules decide what a token may see. */
function rightsOf(content: JsonObject, identity: Identity): string {
  const { domain, system, application_credential: credential } = content;
  const scope: JsonValue[] = [
    identity.userId,
    identity.project?.id ?? null,
    isObject(domain) ? textOf(domain, "id") : null,
    system ?? null,
    [...identity.roles],
    credential ?? null,
    content["OS-TRUST:trust"] ?? null,
  ];
  return createHash("sha256").update(JSON.stringify(scope)).digest("base64url");
}

function textOf(from: JsonObject, key: string): string {
  const value = from[key];
  return typeof value === "string" ? value : "";
}
