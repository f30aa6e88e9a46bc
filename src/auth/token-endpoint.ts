import { isFault } from "../cloud/fault.ts";
import type { CallScope } from "../cloud/region.ts";
import type { SignIn } from "../cloud/sign-in.ts";
import { addressKey } from "./address-key.ts";
import { clientOf } from "./client-authentication.ts";
import { tokenExchange } from "./metadata.ts";
import { errorAnswer, type OAuthAnswer, OAuthError } from "./oauth-error.ts";
import { RateLimit } from "./rate-limit.ts";
import { parseScopes, type Scope } from "./scopes.ts";
import { SealedTokens } from "./sealed-tokens.ts";

/** The clouds, as the endpoints need them. */
export interface SignIns {
  /** Names of the clouds. */
  readonly names: readonly string[];
  /** Signs in with an application credential. @throws Fault `CREDENTIAL_INVALID`, ... */
  signIn(cloud: string | undefined, id: string, secret: string, scope: CallScope): Promise<SignIn>;
  /** Has a Keystone token validated. @throws Fault `CREDENTIAL_INVALID`, ... */
  present(cloud: string | undefined, token: string, scope: CallScope): Promise<SignIn>;
  /** Revokes a Keystone token. */
  revoke(cloud: string, token: string, scope: CallScope): Promise<void>;
}

/** A request to an OAuth endpoint. */
export interface OAuthRequest {
  /** The body, `application/x-www-form-urlencoded`. */
  readonly body: string;
  /** The header of that name. */
  readonly authorization?: string | undefined;
  /** The parameter `cloud` of the endpoint's URL (RFC 6749, section 3.2, lets it have a query). */
  readonly cloud?: string | undefined;
  /** Where the client is. */
  readonly address: string;
}

const accessToken = "urn:ietf:params:oauth:token-type:access_token";

/** The token endpoint (RFC 6749, RFC 8693) and the revocation endpoint (RFC 7009). */
export class OAuthEndpoints {
  readonly #clouds: SignIns;
  readonly #tokens: SealedTokens;
  readonly #issuer: () => string;
  // One client from one address, so that nobody can lock out the client of another;
  // secrets of 512 bits are not guessed by many addresses either.
  readonly #ofClient = new RateLimit({ burst: 30, perSecond: 0.5 });
  readonly #ofAddress = new RateLimit({ burst: 120, perSecond: 2 });

  /** Asks nothing yet. */
  constructor(clouds: SignIns, tokens: SealedTokens, issuer: () => string) {
    this.#clouds = clouds;
    this.#tokens = tokens;
    this.#issuer = issuer;
  }

  /** `POST /oauth/token`. */
  async token(request: OAuthRequest, scope: CallScope): Promise<OAuthAnswer> {
    try {
      this.#ofAddress.take(addressKey(request.address));
      const form = formOf(request.body);
      const scopes = this.#wanted(form);
      switch (form.get("grant_type")) {
        case "client_credentials":
          return await this.#granted(await this.#client(request, form, scope), scopes);
        case tokenExchange:
          return await this.#granted(await this.#exchanged(request, form, scope), scopes, {
            issued_token_type: accessToken,
          });
        case undefined:
          throw new OAuthError("invalid_request", "grant_type is missing");
        default:
          throw new OAuthError("unsupported_grant_type", "grant_type is not one that this Oaktree offers");
      }
    } catch (error) {
      return errorAnswer(error);
    }
  }

  /** `POST /oauth/revoke`. Whoever holds a token may end it; one that is not good is ended already. */
  async revoke(request: OAuthRequest, scope: CallScope): Promise<OAuthAnswer> {
    try {
      this.#ofAddress.take(addressKey(request.address));
      const token = formOf(request.body).get("token");
      if (token === undefined) {
        throw new OAuthError("invalid_request", "token is missing");
      }
      const grant = await this.#tokens.open(token);
      await this.#clouds.revoke(grant.cloud, grant.token, scope);
    } catch (error) {
      if (!isFault(error, "CREDENTIAL_INVALID")) {
        return errorAnswer(error);
      }
    }
    return { status: 200, headers: {}, body: undefined };
  }

  #wanted(form: ReadonlyMap<string, string>): readonly Scope[] {
    const scopes = parseScopes(form.get("scope"));
    if (scopes === undefined) {
      throw new OAuthError("invalid_scope", "scope may hold oaktree:read and oaktree:write");
    }
    const resource = form.get("resource");
    if (resource !== undefined && resource.replace(/\/$/, "") !== this.#issuer()) {
      throw new OAuthError("invalid_target", "resource is not this Oaktree");
    }
    return scopes;
  }

  async #client(request: OAuthRequest, form: ReadonlyMap<string, string>, scope: CallScope): Promise<SignIn> {
    const { cloud, id, secret } = clientOf(request.authorization, form);
    this.#ofClient.take(`${id} ${addressKey(request.address)}`);
    try {
      return await this.#clouds.signIn(oneCloud(cloud, form.get("cloud"), request.cloud), id, secret, scope);
    } catch (error) {
      throw isFault(error, "CREDENTIAL_INVALID")
        ? new OAuthError("invalid_client", "the cloud does not accept the application credential")
        : error;
    }
  }

  async #exchanged(
    request: OAuthRequest,
    form: ReadonlyMap<string, string>,
    scope: CallScope,
  ): Promise<SignIn> {
    const subject = form.get("subject_token");
    if (subject === undefined || form.get("subject_token_type") !== accessToken) {
      throw new OAuthError(
        "invalid_request",
        `subject_token is needed, and subject_token_type ${accessToken}`,
      );
    }
    if (form.has("actor_token") || (form.get("requested_token_type") ?? accessToken) !== accessToken) {
      throw new OAuthError("invalid_request", "only access tokens are made, and for nobody else");
    }
    // What was narrowed once is not sealed anew with more.
    if (SealedTokens.isSealed(subject) || !/^[A-Za-z0-9._~+/-]+=*$/.test(subject)) {
      throw new OAuthError("invalid_request", "subject_token is not a Keystone token");
    }
    try {
      return await this.#clouds.present(oneCloud(form.get("cloud"), request.cloud), subject, scope);
    } catch (error) {
      throw isFault(error, "CREDENTIAL_INVALID")
        ? new OAuthError("invalid_request", "the cloud does not accept the subject_token")
        : error;
    }
  }

  async #granted(
    signIn: SignIn,
    scopes: readonly Scope[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<OAuthAnswer> {
    const { token, expiresIn } = await this.#tokens.seal({ ...signIn, scopes });
    const body = {
      access_token: token,
      token_type: "Bearer",
      expires_in: expiresIn,
      scope: scopes.join(" "),
      ...more,
    };
    return { status: 200, headers: {}, body };
  }
}

function oneCloud(...named: (string | undefined)[]): string | undefined {
  const [cloud, ...others] = new Set(named.filter((name) => name !== undefined));
  if (others.length > 0) {
    throw new OAuthError("invalid_request", "the request names two different clouds");
  }
  return cloud;
}

/** Parameters without a value count as left out, and none may come twice (RFC 6749, section 3.2). */
function formOf(body: string): ReadonlyMap<string, string> {
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (form.has(name)) {
      throw new OAuthError("invalid_request", "a parameter came twice");
    }
    if (value !== "") {
      form.set(name, value);
    }
  }
  return form;
}
