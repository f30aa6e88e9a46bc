import { isObject, type JsonObject, type JsonValue } from "../../cloud/json.ts";
import { repr } from "../core/python.ts";
import { KeystoneError } from "./identity.ts";

/** What a client wants of an application credential, with the types that it has to have. */
export interface WantedCredential {
  readonly name: string;
  readonly description: string | null;
  readonly secret: string | undefined;
  readonly expiresAt: number | undefined;
  readonly unrestricted: boolean | null;
  /** Ids or names. Empty: those of the token. */
  readonly roles: readonly { readonly id?: string; readonly name?: string }[];
  readonly accessRules: readonly JsonObject[] | undefined;
}

/** Reads the body of a creation (keystone/application_credential/schema.py). @throws KeystoneError 400. */
export function wantedCredential(given: JsonObject, now: number): WantedCredential {
  if (given.name === undefined) {
    throw new KeystoneError(400, "'name' is a required property");
  }
  const name = string("name", given.name);
  if (!/\S/.test(name)) {
    throw invalid("name", name, name === "" ? "is too short" : "does not match '[\\\\S]+'");
  }
  const unrestricted = given.unrestricted ?? null;
  if (unrestricted !== null && typeof unrestricted !== "boolean") {
    throw invalid("unrestricted", unrestricted, "is not of type 'boolean'");
  }
  return {
    name,
    description: optional("description", given.description) ?? null,
    secret: optional("secret", given.secret),
    expiresAt: expiry(optional("expires_at", given.expires_at), now),
    unrestricted,
    roles: array("roles", given.roles ?? []).map((role, index) => roleOf(role, index)),
    accessRules: given.access_rules === undefined ? undefined : rules(given.access_rules),
  };
}

function invalid(field: string, value: JsonValue, words: string): KeystoneError {
  return new KeystoneError(400, `Invalid input for field '${field}': ${repr(value)} ${words}`);
}

function string(field: string, value: JsonValue): string {
  if (typeof value !== "string") {
    throw invalid(field, value, "is not of type 'string'");
  }
  return value;
}

function optional(field: string, value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value !== "string") {
    throw invalid(field, value, "is not of type 'null', 'string'");
  }
  return value;
}

function array(field: string, value: JsonValue): JsonValue[] {
  if (!Array.isArray(value)) {
    throw invalid(field, value, "is not of type 'array'");
  }
  return value;
}

function expiry(text: string | undefined, now: number): number | undefined {
  if (text === undefined || text === "") {
    return undefined;
  }
  const time = Date.parse(`${text.replace(/Z$/, "")}Z`);
  const where =
    "The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.";
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?$/.test(text) || Number.isNaN(time)) {
    throw new KeystoneError(400, `Timestamp not in expected format. ${where}`);
  }
  if (time < now) {
    throw new KeystoneError(400, `The 'expires_at' must not be before now. ${where}`);
  }
  return time;
}

function roleOf(role: JsonValue, index: number): { id?: string; name?: string } {
  const field = `roles/${index}`;
  if (!isObject(role)) {
    throw invalid(field, role, "is not of type 'object'");
  }
  const [[key, value] = ["", null], ...more] = Object.entries(role);
  if (more.length > 0) {
    throw invalid(field, role, "has too many properties");
  }
  if (key !== "id" && key !== "name") {
    throw invalid(field, role, key === "" ? "does not have enough properties" : "has unknown properties");
  }
  return { [key]: string(`${field}/${key}`, value) };
}

function rules(given: JsonValue): JsonObject[] {
  return array("access_rules", given).map((rule, index) => {
    const field = `access_rules/${index}`;
    if (!isObject(rule)) {
      throw invalid(field, rule, "is not of type 'object'");
    }
    const patterns: [string, RegExp, string][] = [
      ["path", /^\/.*/s, "'^\\\\/.*'"],
      ["method", /^(POST|GET|HEAD|PATCH|PUT|DELETE)$/, "'^(POST|GET|HEAD|PATCH|PUT|DELETE)$'"],
      ["service", /^[a-zA-Z0-9-]+$/, "'^[a-zA-Z0-9-]+$'"],
      ["id", /^[a-zA-Z0-9-]+$/, "'^[a-zA-Z0-9-]+$'"],
    ];
    for (const [key, pattern, words] of patterns) {
      const value = rule[key];
      if (value !== undefined && !pattern.test(string(`${field}/${key}`, value))) {
        throw invalid(`${field}/${key}`, value, `does not match ${words}`);
      }
    }
    if (typeof rule.path === "string" && rule.path.length > 225) {
      throw invalid(`${field}/path`, rule.path, "is too long");
    }
    return rule;
  });
}
