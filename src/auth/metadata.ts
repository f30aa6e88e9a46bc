import type { JsonObject } from "../cloud/json.ts";
import { scopes } from "./scopes.ts";

// Clients keep these paths: they never change. `/oauth/authorize`, `/oauth/device` and
// `/oauth/jwks` are kept free for the sign-in of people.

/** Where tokens are asked for. */
export const tokenPath = "/oauth/token";
/** Where tokens are revoked. */
export const revokePath = "/oauth/revoke";
/** RFC 8414. */
export const serverMetadataPath = "/.well-known/oauth-authorization-server";
/** RFC 9728. */
export const resourceMetadataPath = "/.well-known/oauth-protected-resource";

/** The grant of RFC 8693. */
export const tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

/** What OAuth clients are told of the token endpoint (RFC 8414). The issuer is the public URL itself. */
export function serverMetadata(issuer: string, clouds: readonly string[]): JsonObject {
  return {
    issuer,
    token_endpoint: `${issuer}${tokenPath}`,
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    grant_types_supported: ["client_credentials", tokenExchange],
    response_types_supported: [],
    revocation_endpoint: `${issuer}${revokePath}`,
    revocation_endpoint_auth_methods_supported: ["none"],
    scopes_supported: [...scopes],
    // Of our own: the clouds that a client may belong to. Where there are several it names one.
    oaktree_clouds: [...clouds],
  };
}

/** What they are told of the API (RFC 9728). */
export function resourceMetadata(issuer: string): JsonObject {
  return {
    resource: issuer,
    authorization_servers: [issuer],
    scopes_supported: [...scopes],
    bearer_methods_supported: ["header"],
    resource_name: "Oaktree",
  };
}
