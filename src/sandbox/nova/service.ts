import { randomUUID } from "node:crypto";
import { isObject, type JsonObject } from "../../cloud/json.ts";
import { header, type Reply, type Request, Routes, type Service } from "../core/http.ts";
import { webobError } from "../core/webob.ts";
import type { Identity } from "../keystone/identity.ts";
import { type NovaCall, NovaError, type NovaHandler, type NovaSettings } from "./call.ts";
import { flavorRoutes } from "./flavors.ts";
import { keypairRoutes } from "./keypairs.ts";
import { limitRoutes } from "./limits.ts";
import { metadataRoutes } from "./metadata.ts";
import { quotaRoutes } from "./quotas.ts";
import { securityGroupRoutes } from "./security-groups.ts";
import { serverGroupRoutes } from "./server-groups.ts";
import { serverRoutes } from "./servers.ts";
import type { NovaWorld } from "./state.ts";
import { tagRoutes } from "./tags.ts";
import { volumeAttachmentRoutes } from "./volumes.ts";

/** Nova, v2.1 with microversions up to the settings' maximum. */
export function nova(world: NovaWorld, identity: Identity, settings: NovaSettings): Service {
  const routes = new Routes<NovaHandler>({
    ...flavorRoutes,
    ...keypairRoutes,
    ...limitRoutes,
    ...quotaRoutes,
    ...serverRoutes,
    ...metadataRoutes,
    ...tagRoutes,
    ...securityGroupRoutes,
    ...serverGroupRoutes,
    ...volumeAttachmentRoutes,
  });
  return async (request) => {
    const id = `req-${randomUUID()}`;
    const ids = { "x-openstack-request-id": id, "x-compute-request-id": id };
    const reply = discovery(request, settings) ?? (await answer(world, identity, settings, routes, request));
    return { ...reply, headers: { ...ids, ...reply.headers } };
  };
}

async function answer(
  world: NovaWorld,
  identity: Identity,
  settings: NovaSettings,
  routes: Routes<NovaHandler>,
  request: Request,
): Promise<Reply> {
  const caller = identity.caller(request, "compute", "/compute");
  if (caller === undefined) {
    const keystone = `${request.base.slice(0, -"/compute".length)}/identity/v3`;
    return {
      status: 401,
      headers: { "www-authenticate": `Keystone uri="${keystone}"` },
      json: {
        error: {
          code: 401,
          title: "Unauthorized",
          message: "The request you have made requires authentication.",
        },
      },
    };
  }
  const path = request.path.replace(/^\/v2\.1(?=\/)/, "");
  const route = path === request.path ? [] : routes.match(request.method, path);
  if (Array.isArray(route)) {
    return webobError(request, 404, "Not Found", "The resource could not be found.");
  }
  const version = wantedVersion(request, settings);
  if (version === undefined) {
    const given = header(request.headers, "openstack-api-version")?.split(" ")[1] ?? "";
    const words = `API Version String ${given} is of invalid format. Must be of format MajorNum.MinorNum.`;
    return novaError(new NovaError(400, words));
  }
  const headers = {
    "openstack-api-version": `compute ${version.text}`,
    "x-openstack-nova-api-version": version.text,
    vary: ["OpenStack-API-Version", "X-OpenStack-Nova-API-Version"],
  };
  const call: NovaCall = {
    world,
    identity,
    settings,
    caller,
    request: { ...request, params: route.params },
    url: `${request.base}/v2.1`,
    version: version.minor,
    json: async () => parse(await request.body()),
  };
  try {
    if (version.minor < 1 || version.minor > minor(settings.maxMicroversion)) {
      const words = `Version ${version.text} is not supported by the API. Minimum is 2.1 and maximum is ${settings.maxMicroversion}.`;
      throw new NovaError(406, words);
    }
    const reply = await route.handler(call);
    // Nova says JSON even where there is no body.
    return { ...reply, headers: { "content-type": "application/json", ...headers, ...reply.headers } };
  } catch (error) {
    if (!(error instanceof NovaError)) {
      throw error;
    }
    const reply = novaError(error);
    return { ...reply, headers: { ...headers, ...reply.headers } };
  }
}

const faultNames: Readonly<Record<number, string>> = {
  400: "badRequest",
  403: "forbidden",
  404: "itemNotFound",
  409: "conflictingRequest",
  413: "overLimit",
};

function novaError(error: NovaError): Reply {
  const name = faultNames[error.status] ?? "computeFault";
  return {
    status: error.status,
    headers: { "content-type": "application/json; charset=UTF-8" },
    json: { [name]: { code: error.status, message: error.message } },
  };
}

function minor(version: string): number {
  return Number(version.split(".")[1]);
}

function wantedVersion(
  request: Request,
  settings: NovaSettings,
): { text: string; minor: number } | undefined {
  const modern = header(request.headers, "openstack-api-version");
  const mine = modern
    ?.split(",")
    .map((each) => each.trim().split(/\s+/))
    .find(([service]) => service === "compute");
  const text = mine?.[1] ?? header(request.headers, "x-openstack-nova-api-version") ?? "2.1";
  if (text === "latest") {
    return { text: settings.maxMicroversion, minor: minor(settings.maxMicroversion) };
  }
  const parts = /^([1-9]\d*)\.(0|[1-9]\d*)$/.exec(text);
  if (parts === null) {
    return undefined;
  }
  // Another major version is out of the range like one that is too high.
  return { text, minor: parts[1] === "2" ? Number(parts[2]) : Number.POSITIVE_INFINITY };
}

function parse(body: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (isObject(value)) {
      return value;
    }
  } catch {}
  throw new NovaError(400, "Malformed request body");
}

function discovery(request: Request, settings: NovaSettings): Reply | undefined {
  if (request.method !== "GET") {
    return undefined;
  }
  const version = {
    id: "v2.1",
    status: "CURRENT",
    version: settings.maxMicroversion,
    min_version: "2.1",
    updated: "2013-07-23T11:33:21Z",
    links: [{ rel: "self", href: `${request.base}/v2.1/` }],
  };
  if (request.path === "/" || request.path === "") {
    const old = {
      id: "v2.0",
      status: "SUPPORTED",
      version: "",
      min_version: "",
      updated: "2011-01-21T11:33:21Z",
      links: [{ rel: "self", href: `${request.base}/v2/` }],
    };
    return { status: 200, json: { versions: [old, version] } };
  }
  if (request.path !== "/v2.1" && request.path !== "/v2.1/") {
    return undefined;
  }
  const described = { rel: "describedby", type: "text/html", href: "http://docs.openstack.org/" };
  const media = { base: "application/json", type: "application/vnd.openstack.compute+json;version=2.1" };
  return {
    status: 200,
    headers: {
      "openstack-api-version": "compute 2.1",
      "x-openstack-nova-api-version": "2.1",
      vary: ["OpenStack-API-Version", "X-OpenStack-Nova-API-Version"],
    },
    json: { version: { ...version, links: [...version.links, described], "media-types": [media] } },
  };
}
