import { OAuthError } from "./oauth-error.ts";

/** An OAuth client: an application credential. */
export interface Client {
  /** The cloud that it names as `cloud/<id>`. */
  readonly cloud?: string;
  /** Id of the application credential. */
  readonly id: string;
  /** Its secret. */
  readonly secret: string;
}

// Keystone's ids are 32 hexadecimal digits; what is no id never gets into a URL or a key.
const idPattern = /^(?:([^/]{1,255})\/)?([\w-]{1,64})$/;

/**
 * Reads the client's id and secret, from the header (HTTP Basic) or from the form
 * (RFC 6749, section 2.3.1).
 *
 * @throws OAuthError `invalid_request`, `invalid_client`
 */
export function clientOf(authorization: string | undefined, form: ReadonlyMap<string, string>): Client {
  const inForm = form.get("client_secret");
  if (authorization !== undefined && inForm !== undefined) {
    throw new OAuthError("invalid_request", "the client authenticates both by header and by form");
  }
  const [id, secret] = authorization === undefined ? [form.get("client_id"), inForm] : basicOf(authorization);
  if (id === undefined || secret === undefined || id === "" || secret === "") {
    throw new OAuthError("invalid_client", "client_id and client_secret are needed");
  }
  const found = idPattern.exec(id);
  if (found?.[2] === undefined) {
    throw new OAuthError("invalid_client", "client_id is not the id of an application credential");
  }
  if (authorization !== undefined && (form.get("client_id") ?? id) !== id) {
    throw new OAuthError("invalid_request", "header and form name two different clients");
  }
  return { ...(found[1] !== undefined && { cloud: found[1] }), id: found[2], secret };
}

function basicOf(authorization: string): [string, string] {
  const encoded = /^basic +([A-Za-z0-9+/_-]+=*)$/i.exec(authorization.trim())?.[1];
  const text = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 0) {
    throw new OAuthError("invalid_client", "the authorization header must be of the scheme Basic");
  }
  return [formDecoded(text.slice(0, colon)), formDecoded(text.slice(colon + 1))];
}

/** Some clients, such as `curl -u`, leave the encoding out; what cannot be decoded is taken as it is. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
