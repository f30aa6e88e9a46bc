import type { JsonObject, JsonValue } from "../../cloud/json.ts";
import type { Reply, Request } from "../core/http.ts";
import type { Identity, Token } from "./identity.ts";

/** What a Keystone handler works with. */
export interface KeystoneCall {
  readonly identity: Identity;
  readonly request: Request;
  /** Address of `/identity/v3`. */
  readonly url: string;
  /** The caller's token. @throws KeystoneError 401 without one. */
  token(): Token;
  /** The body. @throws KeystoneError 400 when it is no JSON object. */
  json(): Promise<JsonObject>;
}

/** A handler of one route. */
export type KeystoneHandler = (call: KeystoneCall) => Reply | Promise<Reply>;

/** A list with Keystone's links. */
export function listed(call: KeystoneCall, key: string, items: JsonValue[]): Reply {
  call.token();
  const { path, query } = call.request;
  const self = `${call.request.base}${path}${query.size > 0 ? `?${query}` : ""}`;
  return { status: 200, json: { [key]: items, links: { next: null, self, previous: null } } };
}
