import { isObject, type JsonObject, type JsonValue } from "../cloud/json.ts";

/** One entry of the credentials file: where an Oaktree is, and as whom to call it. */
export interface Credentials {
  /** URL of the Oaktree. */
  readonly endpoint: string;
  /** URL of its token endpoint; the cloud is in its query where the Oaktree serves several. */
  readonly tokenEndpoint: string;
  /** Id of the API user. */
  readonly clientId: string;
  /** Its secret. */
  readonly clientSecret: string;
  /** Name of the cloud, as the Oaktree knows it. Empty: not said. */
  readonly cloud: string;
  /** Name of the project. Empty: not said. */
  readonly project: string;
  /** When it ends (ISO 8601). Empty: never, or not said. */
  readonly expiresAt: string;
}

/** Reads an entry. @throws Error that says what is wrong, without its values. */
export function parseEntry(value: JsonValue | undefined): Credentials {
  if (!isObject(value)) {
    throw new Error("must be an object");
  }
  const endpoint = url(value, "endpoint");
  const tokenEndpoint =
    value.token_endpoint === undefined
      ? `${endpoint.replace(/\/$/, "")}/oauth/token`
      : url(value, "token_endpoint");
  return {
    endpoint,
    tokenEndpoint,
    clientId: needed(value, "client_id"),
    clientSecret: needed(value, "client_secret"),
    cloud: text(value, "cloud"),
    project: text(value, "project"),
    expiresAt: text(value, "expires_at"),
  };
}

/** The entry as it stands in the file. */
export function entryOf(credentials: Credentials): JsonObject {
  const { endpoint, tokenEndpoint, clientId, clientSecret, cloud, project, expiresAt } = credentials;
  return {
    endpoint,
    token_endpoint: tokenEndpoint,
    client_id: clientId,
    client_secret: clientSecret,
    ...(cloud !== "" && { cloud }),
    ...(project !== "" && { project }),
    ...(expiresAt !== "" && { expires_at: expiresAt }),
  };
}

function text(value: JsonObject, key: string): string {
  const found = value[key] ?? "";
  if (typeof found !== "string") {
    throw new Error(`${key} must be text`);
  }
  return found;
}

function needed(value: JsonObject, key: string): string {
  const found = text(value, key);
  if (found === "") {
    throw new Error(`${key} is missing`);
  }
  return found;
}

function url(value: JsonObject, key: string): string {
  const found = needed(value, key);
  if (!/^https?:$/.test(URL.parse(found)?.protocol ?? "")) {
    throw new Error(`${key} must be an http or https URL`);
  }
  return found;
}
