import type { AuthScope, Credential, DomainNamed } from "./cloud-entry.ts";
import { misconfigured, objectAt, type Place, textAt, withUnderscores } from "./config-error.ts";
import type { JsonObject } from "./json.ts";

/** Keys of `auth`. Each also counts outside of it, and then wins (loader.py, _fix_backwards_auth). */
const authKeys = [
  "auth_url",
  "username",
  "user_id",
  "password",
  "token",
  "project_id",
  "project_name",
  "project_domain_id",
  "project_domain_name",
  "user_domain_id",
  "user_domain_name",
  "domain_id",
  "domain_name",
  "default_domain_id",
  "default_domain_name",
  "system_scope",
  "application_credential_id",
  "application_credential_name",
  "application_credential_secret",
] as const;

type AuthKey = (typeof authKeys)[number];
type AuthTexts = Partial<Record<AuthKey, string>>;

/** Older names of keys. */
const synonyms: Readonly<Record<string, AuthKey>> = {
  tenant_id: "project_id",
  tenant_name: "project_name",
  project: "project_name",
  user_name: "username",
};

const kinds: Readonly<Record<string, Credential["kind"]>> = {
  password: "password",
  v3password: "password",
  token: "token",
  v3token: "token",
  v3applicationcredential: "application_credential",
};

/** Names of the keys that {@link parseAuth} reads, wherever they stand. */
export const authKeyNames: ReadonlySet<string> = new Set([
  ...authKeys,
  ...Object.keys(synonyms).filter((key) => key !== "project"),
  "auth",
  "auth_type",
  "auth_plugin",
]);

/** The authentication part of a cloud. */
export interface AuthEntry {
  authUrl: string;
  credential?: Credential;
  scope: AuthScope;
}

/** Reads the authentication part of a cloud's entry. @throws Fault `CLOUD_MISCONFIGURED`. */
export function parseAuth(place: Place, entry: JsonObject): AuthEntry {
  const texts = authTexts(place, entry);
  const authUrl = texts.auth_url;
  if (authUrl === undefined) {
    const profile = textAt(place, entry, "profile");
    const hint = profile === undefined ? "" : `; the profile ${JSON.stringify(profile)} does not give one`;
    throw misconfigured(place, "auth.auth_url", `is missing${hint}`);
  }
  if (!/^https?:\/\/[^/]/.test(authUrl) || !URL.canParse(authUrl)) {
    throw misconfigured(place, "auth.auth_url", "must be an http or https URL");
  }
  const { username, password } = new URL(authUrl);
  if (username !== "" || password !== "") {
    throw misconfigured(place, "auth.auth_url", "must not hold a user or a password");
  }
  const credential = parseCredential(place, entry, texts);
  const scope =
    credential?.kind === "application_credential" ? unscoped : parseScope(place, texts, credential);
  return { authUrl, scope, ...(credential && { credential }) };
}

const unscoped: AuthScope = { kind: "unscoped" };

function authTexts(place: Place, entry: JsonObject): AuthTexts {
  const inside = withUnderscores(objectAt(place, entry, "auth"));
  const texts: AuthTexts = {};
  for (const key of Object.keys(inside)) {
    const known = synonyms[key] ?? authKeys.find((name) => name === key);
    if (known === undefined) {
      throw misconfigured(
        place,
        `auth.${key}`,
        `is not a key that Oaktree knows; it knows ${authKeys.join(", ")}`,
      );
    }
    const value = textAt(place, inside, key, `auth.${key}`);
    if (value !== undefined) {
      texts[known] = value;
    }
  }
  for (const key of authKeyNames) {
    const known = synonyms[key] ?? authKeys.find((name) => name === key);
    const value = known && textAt(place, entry, key);
    if (known !== undefined && value !== undefined) {
      texts[known] = value;
    }
  }
  return texts;
}

function parseCredential(place: Place, entry: JsonObject, texts: AuthTexts): Credential | undefined {
  const type = textAt(place, entry, "auth_type") ?? textAt(place, entry, "auth_plugin");
  const kind = type === undefined ? guessedKind(texts) : kinds[type];
  switch (kind) {
    case "password":
      return texts.password === undefined
        ? undefined
        : { kind, user: user(place, texts), password: texts.password };
    case "token":
      return texts.token === undefined ? undefined : { kind, token: texts.token };
    case "application_credential": {
      const secret = texts.application_credential_secret;
      return secret === undefined ? undefined : { kind, credential: credentialRef(place, texts), secret };
    }
    default:
      throw misconfigured(place, "auth_type", `must be one of ${Object.keys(kinds).join(", ")}`);
  }
}

/** openstacksdk's default is `password`; a credential of another kind is clear enough without the word. */
function guessedKind(texts: AuthTexts): Credential["kind"] {
  if (texts.password === undefined && texts.application_credential_secret !== undefined) {
    return "application_credential";
  }
  return texts.password === undefined && texts.token !== undefined ? "token" : "password";
}

function credentialRef(place: Place, texts: AuthTexts): { id: string } | { name: string; user: DomainNamed } {
  if (texts.application_credential_id !== undefined) {
    return { id: texts.application_credential_id };
  }
  if (texts.application_credential_name === undefined) {
    throw misconfigured(place, "auth.application_credential_id", "is missing");
  }
  return { name: texts.application_credential_name, user: user(place, texts) };
}

function user(place: Place, texts: AuthTexts): DomainNamed {
  if (texts.user_id !== undefined) {
    return { id: texts.user_id };
  }
  if (texts.username === undefined) {
    throw misconfigured(place, "auth.username", "is missing");
  }
  return { name: texts.username, domain: domain(place, texts, "user") };
}

function parseScope(place: Place, texts: AuthTexts, credential: Credential | undefined): AuthScope {
  if (texts.system_scope !== undefined) {
    if (texts.system_scope !== "all") {
      throw misconfigured(place, "auth.system_scope", "must be all");
    }
    return { kind: "system" };
  }
  if (texts.project_id !== undefined) {
    return { kind: "project", project: { id: texts.project_id } };
  }
  if (texts.project_name !== undefined) {
    // Without a secret the caller's own token says the project, so nothing more is needed here.
    return credential === undefined
      ? unscoped
      : { kind: "project", project: { name: texts.project_name, domain: domain(place, texts, "project") } };
  }
  if (texts.domain_id !== undefined) {
    return { kind: "domain", domain: { id: texts.domain_id } };
  }
  return texts.domain_name === undefined ? unscoped : { kind: "domain", domain: { name: texts.domain_name } };
}

function domain(place: Place, texts: AuthTexts, of: "user" | "project"): { id: string } | { name: string } {
  const id = texts[`${of}_domain_id`];
  const name = texts[`${of}_domain_name`];
  // `domain_*` beside a project stands for both domains (loader.py, _fix_backwards_project).
  const given = id !== undefined ? { id } : name !== undefined ? { name } : fallbackDomain(texts);
  if (given === undefined) {
    throw misconfigured(
      place,
      `auth.${of}_domain_name`,
      `is missing: a ${of}'s name is unique in its domain only`,
    );
  }
  return given;
}

function fallbackDomain(texts: AuthTexts): { id: string } | { name: string } | undefined {
  const id = texts.domain_id ?? texts.default_domain_id;
  const name = texts.domain_name ?? texts.default_domain_name;
  return id !== undefined ? { id } : name !== undefined ? { name } : undefined;
}
