import type { Clock } from "./clock.ts";
import type { AuthScope, CloudEntry, Credential, DomainNamed } from "./cloud-entry.ts";
import type { Answer, Connection, Shipment } from "./connection.ts";
import type { Endpoints } from "./endpoints.ts";
import { Fault } from "./fault.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { CallScope } from "./region.ts";
import { parseSession, type Session } from "./session.ts";
import { garbage } from "./strict-json.ts";
import { metadataOf, type Upstream, upstreamFault } from "./upstream-fault.ts";

/** Keystone of one cloud: makes and validates tokens. */
export class Keystone {
  readonly #entry: CloudEntry;
  readonly #connection: Connection;
  readonly #endpoints: Endpoints;
  readonly #clock: Clock;
  readonly #upstream: Upstream;

  /** Asks nothing yet. */
  constructor(entry: CloudEntry, connection: Connection, endpoints: Endpoints, clock: Clock) {
    this.#entry = entry;
    this.#connection = connection;
    this.#endpoints = endpoints;
    this.#clock = clock;
    this.#upstream = { cloud: entry.name, region: "", service: "identity" };
  }

  /** Makes a token with the cloud's own credential. @throws Fault `CREDENTIAL_INVALID`. */
  async authenticate(scope: CallScope): Promise<Session> {
    return await this.#authenticate(this.#entry.credential, this.#entry.scope, scope);
  }

  /** Makes a token with a caller's application credential. @throws Fault `CREDENTIAL_INVALID`. */
  async signIn(id: string, secret: string, scope: CallScope): Promise<Session> {
    // It has one project, so Keystone takes no other scope beside it.
    const unscoped: AuthScope = { kind: "unscoped" };
    return await this.#authenticate(
      { kind: "application_credential", credential: { id }, secret },
      unscoped,
      scope,
    );
  }

  async #authenticate(
    credential: Credential | undefined,
    wanted: AuthScope,
    scope: CallScope,
  ): Promise<Session> {
    if (credential === undefined) {
      throw new Fault("CREDENTIAL_MISSING", `the cloud ${this.#entry.name} has no credential of its own`, {
        metadata: metadataOf(this.#upstream),
      });
    }
    const answer = await this.#ask(scope, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ auth: authBody(credential, wanted) }),
      // A second token does no harm.
      repeat: "always",
    });
    if (answer.status === 404 && credential.kind === "application_credential" && isOfKeystone(answer)) {
      // So Keystone says that an application credential is unknown or deleted.
      throw new Fault(
        "CREDENTIAL_INVALID",
        `the cloud ${this.#entry.name} has no such application credential`,
        {
          metadata: { ...metadataOf(this.#upstream), upstreamStatus: "404" },
        },
      );
    }
    if (answer.status >= 400) {
      // A login changes nothing that one has to know of: its outcome is never in doubt.
      throw this.#refusal("GET", answer, secretOf(credential));
    }
    const token = answer.headers["x-subject-token"];
    if (typeof token !== "string") {
      throw garbage(this.#upstream, answer, "the answer has no token");
    }
    return parseSession(this.#upstream, answer, token, this.#clock.now());
  }

  /** Validates a token with itself. Undefined when it is not, or no longer, good. */
  async validate(token: string, scope: CallScope): Promise<Session | undefined> {
    const answer = await this.#ask(scope, {
      method: "GET",
      headers: {
        "x-auth-token": token,
        "x-subject-token": token,
        // Else a token with access rules is not found (keystone/token/provider.py, validate_token).
        "openstack-identity-access-rules": "1",
      },
    });
    if (answer.status === 401 || answer.status === 404) {
      return undefined;
    }
    if (answer.status >= 400) {
      throw this.#refusal("GET", answer, token);
    }
    return parseSession(this.#upstream, answer, token, this.#clock.now());
  }

  /**
   * Revokes a token with itself. One that is not, or no longer, good is no failure.
   *
   * @returns the session of a token that is good all the same: Keystone does not find
   *   tokens with access rules that it is to revoke (keystone/token/provider.py, `revoke_token`
   *   validates them without the header).
   */
  async revoke(token: string, scope: CallScope): Promise<Session | undefined> {
    const answer = await this.#ask(scope, {
      method: "DELETE",
      headers: {
        "x-auth-token": token,
        "x-subject-token": token,
        // As for validate: Keystone validates it first.
        "openstack-identity-access-rules": "1",
      },
    });
    if (answer.status === 404) {
      return await this.validate(token, scope);
    }
    if (answer.status >= 400 && answer.status !== 401) {
      throw this.#refusal("DELETE", answer, token);
    }
    return undefined;
  }

  async #ask(
    scope: CallScope,
    request: Pick<Shipment, "method" | "headers" | "body" | "repeat">,
  ): Promise<Answer> {
    const { origin, base } = await this.#endpoints.find(this.#upstream, this.#entry.authUrl, scope);
    return await this.#connection.ask(
      {
        ...request,
        upstream: this.#upstream,
        origin,
        path: `${base}/auth/tokens`,
        headers: { accept: "application/json", ...request.headers },
      },
      scope,
    );
  }

  #refusal(method: "GET" | "DELETE", answer: Answer, secret: string): Fault {
    if (answer.status === 404) {
      return new Fault(
        "CLOUD_MISCONFIGURED",
        `cloud ${this.#entry.name}: there is no Keystone v3 at ${this.#entry.authUrl}`,
        { metadata: { ...metadataOf(this.#upstream), upstreamStatus: "404", key: "auth.auth_url" } },
      );
    }
    return withoutSecret(upstreamFault(this.#upstream, method, answer, this.#clock.now()), secret);
  }
}

/** A fault whose message does not repeat the secret, should the service have echoed it. */
export function withoutSecret(fault: Fault, secret: string): Fault {
  fault.message = fault.message.replaceAll(secret, "***");
  return fault;
}

/** Whether Keystone itself answered with an error, and not a web server that knows no such path. */
function isOfKeystone(answer: Answer): boolean {
  try {
    const body: unknown = JSON.parse(Buffer.from(answer.body).toString());
    return typeof body === "object" && body !== null && "error" in body;
  } catch {
    return false;
  }
}

function secretOf(credential: Credential): string {
  switch (credential.kind) {
    case "password":
      return credential.password;
    case "token":
      return credential.token;
    case "application_credential":
      return credential.secret;
  }
}

/** https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management */
function authBody(credential: Credential, scope: AuthScope): JsonObject {
  const wanted = scopeBody(scope);
  return {
    identity: { methods: [credential.kind], [credential.kind]: methodBody(credential) },
    ...(wanted !== undefined && { scope: wanted }),
  };
}

function methodBody(credential: Credential): JsonObject {
  switch (credential.kind) {
    case "password":
      return { user: { ...named(credential.user), password: credential.password } };
    case "token":
      return { id: credential.token };
    case "application_credential": {
      const { secret } = credential;
      return "id" in credential.credential
        ? { id: credential.credential.id, secret }
        : { name: credential.credential.name, user: named(credential.credential.user), secret };
    }
  }
}

function scopeBody(scope: AuthScope): JsonValue | undefined {
  switch (scope.kind) {
    case "project":
      return { project: named(scope.project) };
    case "domain":
      return { domain: { ...scope.domain } };
    case "system":
      return { system: { all: true } };
    case "unscoped":
      return undefined;
  }
}

function named(thing: DomainNamed): JsonObject {
  return "id" in thing ? { id: thing.id } : { name: thing.name, domain: { ...thing.domain } };
}
