import { randomUUID } from "node:crypto";
import { type Reply, type Request, Routes, type Service } from "../core/http.ts";
import { webobError } from "../core/webob.ts";
import type { Identity } from "../keystone/identity.ts";
import { type GlanceCall, GlanceError, type GlanceHandler, type GlanceSettings, titles } from "./call.ts";
import { dataRoutes } from "./data.ts";
import { imageRoutes } from "./images.ts";
import { importRoutes } from "./import.ts";
import type { GlanceState } from "./state.ts";
import { uploadTaskRoutes } from "./upload-tasks.ts";

const versions = [
  "2.15",
  "2.13",
  "2.12",
  "2.11",
  "2.10",
  "2.9",
  "2.8",
  "2.7",
  "2.6",
  "2.5",
  "2.4",
  "2.3",
  "2.2",
  "2.1",
  "2.0",
];

/** Glance, v2: images and their data. */
export function glance(world: GlanceState, identity: Identity, settings: GlanceSettings): Service {
  const routes = new Routes<GlanceHandler>({
    ...imageRoutes,
    ...dataRoutes,
    ...importRoutes,
    ...uploadTaskRoutes,
    "GET /v2/info/stores": () => ({ status: 200, json: { stores: [{ id: "sandbox", default: "true" }] } }),
  });
  return async (request) => {
    if (request.method === "GET" && ["", "/", "/versions"].includes(request.path)) {
      return discovery(request);
    }
    const caller = identity.caller(request, "image", "/image");
    if (caller === undefined) {
      return unauthorized(request);
    }
    const ids = { "x-openstack-request-id": `req-${randomUUID()}` };
    const reply = await answer(routes, request, { world, caller, ...settings });
    return { ...reply, headers: { ...ids, ...reply.headers } };
  };
}

async function answer(
  routes: Routes<GlanceHandler>,
  request: Request,
  context: Omit<GlanceCall, "request">,
): Promise<Reply> {
  const route = routes.match(request.method, request.path);
  try {
    if (Array.isArray(route)) {
      if (route.length === 0) {
        throw new GlanceError(404, "The resource could not be found.");
      }
      const words = `The method ${request.method} is not allowed for this resource.`;
      throw new GlanceError(405, words, { allow: route.join(", ") });
    }
    return await route.handler({ ...context, request: { ...request, params: route.params } });
  } catch (error) {
    if (!(error instanceof GlanceError)) {
      throw error;
    }
    const title = titles[error.status] ?? "Error";
    return webobError(request, error.status, title, error.message, error.headers);
  }
}

function discovery(request: Request): Reply {
  const list = versions.map((version, index) => ({
    id: `v${version}`,
    status: index === 0 ? "CURRENT" : "SUPPORTED",
    links: [{ rel: "self", href: `${request.base}/v2/` }],
  }));
  return { status: request.path === "/versions" ? 200 : 300, json: { versions: list } };
}

/** Glance's 401 is WebOb's, unlike Nova's and Neutron's. */
function unauthorized(request: Request): Reply {
  const keystone = `${request.base.slice(0, -"/image".length)}/identity/v3`;
  const words =
    "This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.";
  return webobError(request, 401, "Unauthorized", words, {
    "www-authenticate": `Keystone uri="${keystone}"`,
  });
}
