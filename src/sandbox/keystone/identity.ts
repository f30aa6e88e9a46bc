import { randomBytes } from "node:crypto";
import type { JsonValue } from "../../cloud/json.ts";
import { header, type Request } from "../core/http.ts";
import { hexId } from "../core/ids.ts";
import type { KeystoneState, Project, User } from "./state.ts";

/** What an application credential may call (Keystone's access rules). */
export interface AccessRule {
  readonly id: string;
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

/** An application credential. */
export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly user: User;
  readonly project: Project;
  readonly roles: readonly string[];
  readonly secret: string;
  readonly expiresAt: number | undefined;
  readonly unrestricted: boolean | null;
  readonly accessRules: readonly AccessRule[] | undefined;
}

/** A token and whom it stands for. */
export interface Token {
  readonly id: string;
  readonly methods: readonly string[];
  readonly user: User;
  readonly project: Project | undefined;
  readonly system: boolean;
  readonly roles: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly auditIds: readonly string[];
  readonly credential: ApplicationCredential | undefined;
}

/** Who calls a service. */
export interface Caller {
  readonly user: User;
  /** Id of the project. Empty for unscoped and system tokens, which match nothing. */
  readonly projectId: string;
  /** Its name. Empty likewise. */
  readonly projectName: string;
  /** Names of the roles. */
  readonly roles: readonly string[];
  readonly admin: boolean;
  /** Whether the caller may change things: a reader only reads (the policies' new defaults). */
  readonly member: boolean;
}

/** Tokens and application credentials. At most 10,000 tokens live; the oldest go first. */
export class Identity {
  readonly world: KeystoneState;
  readonly credentials = new Map<string, ApplicationCredential>();
  /** Access rules by their ids; they outlive the credentials that they were made with. */
  readonly accessRules = new Map<string, AccessRule & { readonly userId: string }>();
  /** How long tokens live, in milliseconds. */
  readonly lifetime: number;
  /** Types of the services that the catalogue leaves out. */
  readonly absent: readonly string[];
  readonly #tokens = new Map<string, Token>();

  /** Tokens live so many milliseconds. */
  constructor(world: KeystoneState, lifetime: number, absent: readonly string[] = []) {
    this.absent = absent;
    this.world = world;
    this.lifetime = lifetime;
  }

  /** Makes a token. One made of another keeps its end and its audit chain. */
  issue(
    grant: Pick<Token, "methods" | "user" | "project" | "system" | "roles" | "credential">,
    parent?: Token,
  ): Token {
    const now = Math.floor(this.world.timeline.now() / 1000) * 1000;
    const auditId = randomBytes(16).toString("base64url");
    const end = Math.min(now + this.lifetime, grant.credential?.expiresAt ?? Number.POSITIVE_INFINITY);
    const token: Token = {
      ...grant,
      id: `gAAAAAB${randomBytes(96).toString("base64url")}`,
      issuedAt: now,
      expiresAt: parent?.expiresAt ?? end,
      auditIds: parent === undefined ? [auditId] : [auditId, parent.auditIds.at(-1) as string],
    };
    this.#tokens.set(token.id, token);
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= 10_000) {
        break;
      }
      this.#tokens.delete(oldest);
    }
    return token;
  }

  /** The live token of this id. */
  find(id: string | undefined): Token | undefined {
    const token = id === undefined ? undefined : this.#tokens.get(id);
    if (token === undefined || token.expiresAt <= this.world.timeline.now()) {
      return undefined;
    }
    const credential = token.credential;
    return credential === undefined || this.credentials.has(credential.id) ? token : undefined;
  }

  /** Id of the application credential of a token, when that was deleted: Keystone tells by its name why it has no such token. */
  deletedCredentialOf(id: string): string | undefined {
    const { credential, expiresAt = 0 } = this.#tokens.get(id) ?? {};
    const isDeleted =
      credential !== undefined &&
      expiresAt > this.world.timeline.now() &&
      !this.credentials.has(credential.id);
    return isDeleted ? credential.id : undefined;
  }

  /** Whether the id was a token's that is gone. Keystone's words tell such a one from nonsense. */
  looksLikeToken(id: string): boolean {
    return id.startsWith("gAAAAAB");
  }

  /** Revokes a token. */
  revoke(id: string): void {
    this.#tokens.delete(id);
  }

  /** Revokes every token, as when Keystone's keys are rotated away: the next call of each gets a 401. */
  revokeAll(): void {
    this.#tokens.clear();
  }

  /** Who calls, by the X-Auth-Token header; undefined is a 401, also where an access rule forbids the call. */
  caller(request: Request, service: string, prefix: string): Caller | undefined {
    const token = this.find(header(request.headers, "x-auth-token"));
    if (token === undefined) {
      return undefined;
    }
    const rules = token.credential?.accessRules;
    const path = prefix + request.path;
    const allowed = (rule: AccessRule) =>
      rule.service === service && rule.method === request.method && rulePattern(rule.path).test(path);
    if (rules !== undefined && !rules.some(allowed)) {
      return undefined;
    }
    return {
      user: token.user,
      projectId: token.project?.id ?? "",
      projectName: token.project?.name ?? "",
      roles: token.roles,
      admin: token.roles.includes("admin"),
      member: token.roles.includes("member") || token.roles.includes("admin"),
    };
  }

  /** The roles of a token or a credential, as Keystone shows them. */
  roleRefs(names: readonly string[]): { id: string; name: string }[] {
    return names.map((name) => ({ id: this.world.roles.get(name) ?? hexId(), name }));
  }
}

/** An access rule's path as keystonemiddleware reads it: `*` is one segment, `**` any number, `{name}` one. */
function rulePattern(path: string): RegExp {
  const parts = path.split(/(\*\*|\*|\{[^}]*\})/).map((part) => {
    if (part === "**") {
      return ".*";
    }
    return part === "*" || part.startsWith("{") ? "[^/]+" : part.replaceAll(/[.+?^$()[\]|\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`);
}

/** An error of the Identity service. */
export class KeystoneError extends Error {
  readonly status: number;
  readonly extra: Readonly<Record<string, JsonValue>>;

  constructor(status: number, message: string, extra: Record<string, JsonValue> = {}) {
    super(message);
    this.status = status;
    this.extra = extra;
  }
}

/** The 401 that tells nothing. */
export function unauthorized(): KeystoneError {
  return new KeystoneError(401, "The request you have made requires authentication.");
}

/** A 400 in Keystone's words. */
export function expecting(what: string, where: string): KeystoneError {
  return new KeystoneError(
    400,
    `Expecting to find ${what} in ${where}. The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.`,
  );
}

/** A 403 in Keystone's words. */
export function forbidden(action: string): KeystoneError {
  return new KeystoneError(403, `You are not authorized to perform the requested action: ${action}.`);
}
