import { randomUUID } from "node:crypto";
import { isObject, type JsonObject } from "../../cloud/json.ts";
import { isoMicros } from "../core/clock.ts";
import { header, type Reply, type Request, Routes, type Service } from "../core/http.ts";
import { authenticate } from "./auth.ts";
import { type KeystoneCall, type KeystoneHandler, listed } from "./call.ts";
import { catalogue } from "./catalogue.ts";
import { credentialRoutes } from "./credentials.ts";
import { directoryRoutes } from "./directory.ts";
import { expecting, forbidden, type Identity, KeystoneError, type Token, unauthorized } from "./identity.ts";
import { oauth2Routes } from "./oauth2.ts";

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
};

/** Keystone v3: tokens, application credentials and what a client reads about itself. */
export function keystone(identity: Identity): Service {
  const routes = new Routes<KeystoneHandler>({
    "GET /": ({ url }) => ({
      status: 300,
      headers: { location: `${url}/` },
      json: { versions: { values: [version(url)] } },
    }),
    "GET /v3": ({ url }) => ({ status: 200, json: { version: version(url) } }),
    "GET /v3/": ({ url }) => ({ status: 200, json: { version: version(url) } }),
    "POST /v3/auth/tokens": async (call) => {
      const token = authenticate(identity, await call.json());
      return shown(call, token, 201);
    },
    "GET /v3/auth/tokens": (call) => shown(call, subject(call, "validate_token"), 200),
    "HEAD /v3/auth/tokens": (call) => shown(call, subject(call, "validate_token"), 200),
    "DELETE /v3/auth/tokens": (call) => {
      const token = subject(call, "revoke_token");
      // Keystone does not pass on that the caller knows of access rules, and so finds no such token.
      if (token.credential?.accessRules !== undefined) {
        throw new KeystoneError(404, "Failed to validate token");
      }
      identity.revoke(token.id);
      return { status: 204 };
    },
    "GET /v3/auth/catalog": (call) => {
      const { project } = call.token();
      return {
        status: 200,
        json: {
          catalog: catalogue(root(call), project?.id, identity.absent),
          links: { self: `${call.url}/auth/catalog` },
        },
      };
    },
    "GET /v3/auth/domains": (call) => listed(call, "domains", []),
    "GET /v3/auth/system": (call) => ({
      status: 200,
      json: {
        system: call.token().user.roles.includes("admin") ? [{ all: true }] : [],
        links: { self: `${call.url}/auth/system` },
      },
    }),
    ...directoryRoutes,
    ...oauth2Routes,
    ...credentialRoutes,
  });
  return async (request) => {
    const headers = { vary: "X-Auth-Token", "x-openstack-request-id": `req-${randomUUID()}` };
    const reply = await answer(identity, routes, request);
    return { ...reply, headers: { ...headers, ...reply.headers } };
  };
}

async function answer(identity: Identity, routes: Routes<KeystoneHandler>, request: Request): Promise<Reply> {
  const route = routes.match(request.method, request.path);
  if (Array.isArray(route)) {
    return route.length === 0
      ? notFound
      : {
          status: 405,
          headers: { allow: [...new Set([...route, "OPTIONS"])].sort().join(", ") },
          json: { message: "The method is not allowed for the requested URL." },
        };
  }
  const url = `${request.base}/v3`;
  try {
    return await route.handler({
      identity,
      request: { ...request, params: route.params },
      url,
      token() {
        const token = identity.find(header(request.headers, "x-auth-token"));
        if (token === undefined) {
          throw unauthorized();
        }
        return token;
      },
      json: async () => parse(await request.body()),
    });
  } catch (error) {
    if (!(error instanceof KeystoneError)) {
      throw error;
    }
    const { status, message, extra } = error;
    const title = titles[status] ?? "Error";
    return {
      status,
      headers: status === 401 ? { "www-authenticate": `Keystone uri="${url}"` } : {},
      json: { error: { code: status, ...extra, message, title } },
    };
  }
}

const notFound: Reply = {
  status: 404,
  headers: { "content-type": "text/html; charset=utf-8" },
  text: "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n",
};

function parse(body: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (isObject(value)) {
      return value;
    }
  } catch {}
  throw expecting("valid JSON", "request body");
}

function version(url: string): JsonObject {
  return {
    id: "v3.14",
    status: "stable",
    updated: "2020-04-07T00:00:00Z",
    links: [{ rel: "self", href: `${url}/` }],
    "media-types": [{ base: "application/json", type: "application/vnd.openstack.identity-v3+json" }],
  };
}

function root(call: KeystoneCall): string {
  return call.request.base.slice(0, -"/identity".length);
}

/** The token that X-Subject-Token names. Only its own user and administrators may see it. */
function subject(call: KeystoneCall, action: string): Token {
  const own = call.token();
  const id = header(call.request.headers, "x-subject-token");
  const token = call.identity.find(id);
  // Keystone hides tokens with access rules from callers that do not say they know of them.
  const hidden =
    token?.credential?.accessRules !== undefined &&
    header(call.request.headers, "openstack-identity-access-rules") === undefined;
  const deleted = id === undefined ? undefined : call.identity.deletedCredentialOf(id);
  if (deleted !== undefined) {
    throw new KeystoneError(404, `Could not find Application Credential: ${deleted}.`);
  }
  if (id !== undefined && (token === undefined || hidden)) {
    const words = call.identity.looksLikeToken(id)
      ? "Failed to validate token"
      : "Could not recognize Fernet token";
    throw new KeystoneError(404, words);
  }
  if (token === undefined || (token.user !== own.user && !own.roles.includes("admin"))) {
    throw forbidden(`identity:${action}`);
  }
  return token;
}

function shown(call: KeystoneCall, token: Token, status: number): Reply {
  const domain = { id: "default", name: "Default" };
  const { user, project, credential } = token;
  const json: JsonObject = {
    methods: [...token.methods],
    user: { domain, id: user.id, name: user.name, password_expires_at: null },
    audit_ids: [...token.auditIds],
    expires_at: `${isoMicros(token.expiresAt)}Z`,
    issued_at: `${isoMicros(token.issuedAt)}Z`,
  };
  if (project !== undefined) {
    json.project = { domain, id: project.id, name: project.name };
    json.is_domain = false;
  }
  if (project !== undefined || token.system) {
    json.roles = call.identity.roleRefs(token.roles);
  }
  if (token.system) {
    json.system = { all: true };
  }
  if (credential !== undefined) {
    const { id, name, unrestricted, accessRules } = credential;
    const rules =
      accessRules === undefined
        ? {}
        : {
            access_rules: accessRules.map(({ id, service, path, method }) => ({ id, service, path, method })),
          };
    json.application_credential = { id, name, restricted: unrestricted !== true, ...rules };
  }
  if (json.roles !== undefined && !call.request.query.has("nocatalog")) {
    json.catalog = catalogue(root(call), project?.id, call.identity.absent);
  }
  return { status, headers: { "x-subject-token": token.id }, json: { token: json } };
}
