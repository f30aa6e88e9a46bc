import { createHash } from "node:crypto";
import { EncryptJWT, errors, type JWTPayload, jwtDecrypt } from "jose";
import { Fault } from "../cloud/fault.ts";
import { parseScopes, type Scope } from "./scopes.ts";

/** What an access token of this Oaktree holds. */
export interface Grant {
  /** The cloud that the Keystone token belongs to. */
  readonly cloud: string;
  /** Id of the project that it is for; empty for other scopes. */
  readonly project: string;
  /** What it may be used for. */
  readonly scopes: readonly Scope[];
  /** The Keystone token. */
  readonly token: string;
  /** When it ends, in milliseconds since 1970. */
  readonly until: number;
}

/** How long an access token lasts at most, in milliseconds; less where the Keystone token inside ends sooner. */
export const maxLifeMs = 3_600_000;

/**
 * Seals and opens access tokens: JWEs (`dir`, A256GCM), so that nothing is kept
 * here, nobody but a holder of the key sees what is inside, and any replica with
 * the key takes them. They are made for one issuer, and no other opens them.
 */
export class SealedTokens {
  readonly #keys: readonly { readonly id: string; readonly key: Uint8Array }[];
  readonly #issuer: () => string;
  readonly #now: () => number;

  /**
   * @param keys of 32 bytes each; the first one seals, all of them open.
   * @param issuer the public URL, which is known only when the server listens.
   */
  constructor(keys: readonly Uint8Array[], issuer: () => string, now: () => number = Date.now) {
    // A key of its own for each purpose: page tokens are sealed with another one.
    this.#keys = keys.map((given) => {
      const key = createHash("sha256").update("oaktree access token v1").update(given).digest();
      return { id: createHash("sha256").update(key).digest("base64url").slice(0, 8), key };
    });
    this.#issuer = issuer;
    this.#now = now;
  }

  /** Whether the text has the form of such a token. No token of Keystone has: Fernet's hold no dot, JWS's two. */
  static isSealed(text: string): boolean {
    return /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
  }

  /** Makes a token, and says how many seconds it lasts. @throws Fault `CREDENTIAL_INVALID` when the grant is over. */
  async seal(grant: Grant): Promise<{ token: string; expiresIn: number }> {
    const [first] = this.#keys;
    if (first === undefined) {
      throw new Error("there is no key to seal with");
    }
    const now = Math.floor(this.#now() / 1000);
    const ends = Math.floor(Math.min(grant.until, this.#now() + maxLifeMs) / 1000);
    if (ends <= now) {
      throw new Fault("CREDENTIAL_INVALID", "the Keystone token has expired");
    }
    const token = await new EncryptJWT({
      cloud: grant.cloud,
      project: grant.project,
      scope: grant.scopes.join(" "),
      keystone: grant.token,
    })
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: first.id })
      .setIssuer(this.#issuer())
      .setAudience(this.#issuer())
      .setIssuedAt(now)
      .setExpirationTime(ends)
      .encrypt(first.key);
    return { token, expiresIn: ends - now };
  }

  /** Opens a token. @throws Fault `CREDENTIAL_INVALID` for one that is not, or no longer, good here. */
  async open(token: string): Promise<Grant> {
    try {
      const { payload } = await jwtDecrypt(
        token,
        ({ kid }) => {
          const known = this.#keys.find(({ id }) => id === kid);
          if (known === undefined) {
            throw new errors.JWEDecryptionFailed();
          }
          return known.key;
        },
        {
          issuer: this.#issuer(),
          audience: this.#issuer(),
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
          requiredClaims: ["exp"],
          currentDate: new Date(this.#now()),
        },
      );
      return grantOf(payload);
    } catch (error) {
      throw error instanceof errors.JWTExpired
        ? new Fault("CREDENTIAL_INVALID", "the token has expired; ask the token endpoint for another one")
        : // How a foreign token fails is of no use to anybody.
          new Fault("CREDENTIAL_INVALID", "the token is not one that this Oaktree made");
    }
  }
}

function grantOf({ cloud, project, scope, keystone, exp }: JWTPayload): Grant {
  // An empty scope would read as all of them.
  const scopes = typeof scope === "string" && scope !== "" ? parseScopes(scope) : undefined;
  if (
    typeof cloud !== "string" ||
    typeof project !== "string" ||
    typeof keystone !== "string" ||
    exp === undefined ||
    scopes === undefined
  ) {
    throw new Error("the token lacks a claim");
  }
  return { cloud, project, scopes, token: keystone, until: exp * 1000 };
}
