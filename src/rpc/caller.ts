import { createHash, timingSafeEqual } from "node:crypto";
import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { requireScope } from "../auth/scopes.ts";
import { SealedTokens } from "../auth/sealed-tokens.ts";
import { Fault } from "../cloud/fault.ts";
import type { Caller } from "../cloud/region.ts";

/** Where callers come from: the back door's clouds. */
export interface CallerSource {
  /** Whether clouds.yaml holds credentials: personal use. */
  readonly hasCredentials: boolean;
  /** The one caller of personal use. */
  personal(): Caller;
  /** A caller of shared use, by its own Keystone token. @throws Fault `LOCATION_UNKNOWN`, `LOCATION_REQUIRED` */
  withToken(cloud: string | undefined, token: string, scopes?: readonly string[]): Caller;
}

/** Where the values of headers come from. */
export interface HeaderReader {
  /** The value of a header, by its name in lower case; null where there is none. */
  get(name: string): string | null;
}

/** Works out who calls from a request's headers. @throws Fault `CREDENTIAL_*`, `INSUFFICIENT_SCOPE` */
export type Authenticate = (headers: HeaderReader, method: DescMethod) => Caller | Promise<Caller>;

/** Header that names the cloud that a Keystone token belongs to. */
export const cloudHeader = "x-oaktree-cloud";

/**
 * Makes the one place that turns credentials into callers. In personal use it
 * wants the personal token, in shared use the caller's own Keystone token. Access
 * tokens of this Oaktree are taken in both: what is inside one has rights of its own.
 */
export function createAuthenticate(
  clouds: CallerSource,
  personalToken: string | undefined,
  tokens?: SealedTokens,
): Authenticate {
  const unsealed = createUnsealed(clouds, personalToken);
  return (headers, method) => {
    const token = credentialOf(headers);
    return tokens !== undefined && SealedTokens.isSealed(token)
      ? sealedCaller(clouds, tokens, token, headers, method)
      : unsealed(headers, token);
  };
}

async function sealedCaller(
  clouds: CallerSource,
  tokens: SealedTokens,
  sealed: string,
  headers: HeaderReader,
  { idempotency }: DescMethod,
): Promise<Caller> {
  const { cloud, token, scopes } = await tokens.open(sealed);
  const named = headers.get(cloudHeader);
  if (named !== null && named !== cloud) {
    throw new Fault("CREDENTIAL_FOR_OTHER_CLOUD", `the token belongs to the cloud ${cloud}`, {
      metadata: { cloud },
    });
  }
  requireScope(scopes, idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS);
  return clouds.withToken(cloud, token, scopes);
}

function createUnsealed(
  clouds: CallerSource,
  personalToken: string | undefined,
): (headers: HeaderReader, token: string) => Caller {
  if (!clouds.hasCredentials) {
    return (headers, token) => clouds.withToken(headers.get(cloudHeader) ?? undefined, token);
  }
  if (personalToken === undefined || personalToken === "") {
    throw new Error("personal use needs a token");
  }
  const expected = digest(personalToken);
  return (_headers, token) => {
    // Digests have one length, so neither content nor length of the token shows in the time.
    if (!timingSafeEqual(digest(token), expected)) {
      throw new Fault("CREDENTIAL_INVALID", "this is not the token that guards this Oaktree");
    }
    return clouds.personal();
  };
}

// RFC 6750, section 2.1; Keystone's tokens (Fernet, JWS, UUID) are made of the same characters.
const tokenPattern = /^[A-Za-z0-9._~+/-]+=*$/;

function credentialOf(headers: HeaderReader): string {
  const authorization = headers.get("authorization");
  const keystone = headers.get("x-auth-token");
  const bearer = authorization === null ? null : /^bearer +(.+)$/i.exec(authorization.trim())?.[1];
  if (bearer === undefined) {
    throw new Fault("CREDENTIAL_INVALID", "the authorization header must be of the scheme Bearer");
  }
  const token = bearer ?? keystone;
  if (token === null) {
    throw new Fault(
      "CREDENTIAL_MISSING",
      "no credential came with the call: send `authorization: Bearer <token>` or `x-auth-token: <token>`. " +
        "Some gRPC libraries silently drop call credentials on connections without TLS; " +
        "there, send the header as plain metadata.",
    );
  }
  if (bearer !== null && keystone !== null && bearer !== keystone) {
    throw new Fault("CREDENTIAL_CONFLICT", "authorization and x-auth-token hold two different credentials");
  }
  if (!tokenPattern.test(token)) {
    throw new Fault("CREDENTIAL_INVALID", "the credential is not a token");
  }
  return token;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
