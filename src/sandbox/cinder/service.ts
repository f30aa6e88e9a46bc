import { randomUUID } from "node:crypto";
import { isObject, type JsonObject } from "../../cloud/json.ts";
import { header, type Reply, type Request, Routes, type Service } from "../core/http.ts";
import type { Identity } from "../keystone/identity.ts";
import { CinderError, type CinderHandler, type CinderSettings, policy } from "./call.ts";
import { snapshotRoutes } from "./snapshots.ts";
import { type CinderWorld, type VolumeType, volumeQuota, volumeTypes, volumeUsage } from "./state.ts";
import { volumeRoutes } from "./volumes.ts";

const otherRoutes: Readonly<Record<string, CinderHandler>> = {
  "GET /types": () => ({
    status: 200,
    json: {
      volume_types: volumeTypes.map((type) => ({
        ...typeView(type),
        "os-volume-type-access:is_public": true,
      })),
    },
  }),
  "GET /types/:id": ({ request }) => {
    const id = request.params.id ?? "";
    const type = id === "default" ? volumeTypes[0] : volumeTypes.find((each) => each.id === id);
    if (type === undefined) {
      throw new CinderError(404, `Volume type ${id} could not be found.`);
    }
    return { status: 200, json: { volume_type: typeView(type) } };
  },
  "GET /os-availability-zone": () => ({
    status: 200,
    json: { availabilityZoneInfo: [{ zoneName: "nova", zoneState: { available: true } }] },
  }),
  "GET /limits": (call) => {
    const wanted = call.version >= 39 ? call.request.query.get("project_id") : null;
    if (wanted !== null && wanted !== call.caller.projectId && !call.caller.admin) {
      throw policy("limits_extension:used_limits");
    }
    const used = volumeUsage(call.world, wanted ?? call.caller.projectId);
    const absolute = {
      maxTotalVolumes: volumeQuota.volumes,
      maxTotalSnapshots: volumeQuota.snapshots,
      maxTotalVolumeGigabytes: volumeQuota.gigabytes,
      maxTotalBackups: 10,
      maxTotalBackupGigabytes: 1000,
      totalVolumesUsed: used.volumes,
      totalGigabytesUsed: used.gigabytes,
      totalSnapshotsUsed: used.snapshots,
      totalBackupsUsed: 0,
      totalBackupGigabytesUsed: 0,
    };
    return { status: 200, json: { limits: { rate: [], absolute } } };
  },
};

function typeView({ id, name, description }: VolumeType): JsonObject {
  return { id, name, is_public: true, description, extra_specs: {} };
}

/** Cinder v3, with microversions up to the settings' maximum. */
export function cinder(world: CinderWorld, identity: Identity, settings: CinderSettings): Service {
  const routes = new Routes<CinderHandler>({ ...volumeRoutes, ...snapshotRoutes, ...otherRoutes });
  return async (request) => {
    const id = `req-${randomUUID()}`;
    const ids = { "x-openstack-request-id": id, "x-compute-request-id": id };
    const reply = discovery(request, settings) ?? (await answer(world, identity, settings, routes, request));
    return { ...reply, headers: { ...ids, ...reply.headers } };
  };
}

async function answer(
  world: CinderWorld,
  identity: Identity,
  settings: CinderSettings,
  routes: Routes<CinderHandler>,
  request: Request,
): Promise<Reply> {
  const caller = identity.caller(request, "volumev3", "/volume");
  if (caller === undefined) {
    const words = "The request you have made requires authentication.";
    return {
      status: 401,
      headers: {
        "www-authenticate": `Keystone uri="${request.base.slice(0, -"/volume".length)}/identity/v3"`,
      },
      json: { error: { code: 401, title: "Unauthorized", message: words } },
    };
  }
  const [, project = "", path = ""] = /^\/v3\/([^/]+)(\/.*)$/.exec(request.path) ?? [];
  const route = path === "" ? [] : routes.match(request.method, path);
  if (Array.isArray(route)) {
    return { status: 404, headers: { "content-type": "text/html; charset=UTF-8" }, text: notFound };
  }
  const version = wantedVersion(request, settings);
  if (version === undefined) {
    const given = header(request.headers, "openstack-api-version")?.split(" ")[1] ?? "";
    const words = `API Version String ${given} is of invalid format. Must be of format MajorNum.MinorNum.`;
    return failure(new CinderError(400, words));
  }
  const headers = { "openstack-api-version": `volume ${version.text}`, vary: "OpenStack-API-Version" };
  try {
    if (version.minor > minor(settings.maxMicroversion)) {
      const range = `Minimum is 3.0 and maximum is ${settings.maxMicroversion}.`;
      throw new CinderError(406, `Version ${version.text} is not supported by the API. ${range}`);
    }
    // cinder/api/openstack/wsgi.py: the project of the path must be that of the token.
    if (project !== caller.projectId) {
      throw new CinderError(400, "Malformed request url");
    }
    const reply = await route.handler({
      world,
      settings,
      caller,
      request: { ...request, params: route.params },
      url: `${request.base}/v3/${project}`,
      version: version.minor,
      json: bodies(request),
    });
    return { ...reply, headers: { ...headers, ...reply.headers } };
  } catch (error) {
    if (!(error instanceof CinderError)) {
      throw error;
    }
    const reply = failure(error);
    return { ...reply, headers: { ...headers, ...reply.headers } };
  }
}

/** Reads the body once; the empty key stands for all of it. */
function bodies(request: Request): (key: string) => Promise<JsonObject> {
  let body: JsonObject | undefined;
  return async (key) => {
    body ??= parse(await request.body());
    const value = key === "" ? body : body[key];
    if (!isObject(value)) {
      throw new CinderError(400, `'${key}' is a required property`);
    }
    return value;
  };
}

const notFound =
  "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n" +
  "  The resource could not be found.<br /><br />\n </body>\n</html>";

const faultNames: Readonly<Record<number, string>> = {
  400: "badRequest",
  403: "forbidden",
  404: "itemNotFound",
  413: "overLimit",
};

function failure({ status, message }: CinderError): Reply {
  const name = faultNames[status] ?? "computeFault";
  const fault: JsonObject = { code: status, message };
  return status === 413
    ? { status, headers: { "retry-after": "0" }, json: { [name]: { ...fault, retryAfter: "0" } } }
    : { status, json: { [name]: fault } };
}

function minor(version: string): number {
  return Number(version.split(".")[1]);
}

function wantedVersion(
  request: Request,
  settings: CinderSettings,
): { text: string; minor: number } | undefined {
  const mine = header(request.headers, "openstack-api-version")
    ?.split(",")
    .map((each) => each.trim().split(/\s+/))
    .find(([service]) => service === "volume");
  const text = mine?.[1] === "latest" ? settings.maxMicroversion : (mine?.[1] ?? "3.0");
  if (!/^\d+\.\d+$/.test(text)) {
    return undefined;
  }
  return { text, minor: /^3\.\d+$/.test(text) ? minor(text) : Number.POSITIVE_INFINITY };
}

function parse(body: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (isObject(value)) {
      return value;
    }
  } catch {}
  throw new CinderError(400, "Malformed request body");
}

function discovery(request: Request, settings: CinderSettings): Reply | undefined {
  if (request.method !== "GET" || !["", "/", "/v3", "/v3/"].includes(request.path)) {
    return undefined;
  }
  const version = {
    id: "v3.0",
    status: "CURRENT",
    version: settings.maxMicroversion,
    min_version: "3.0",
    updated: "2022-08-31T00:00:00Z",
    links: [
      { rel: "describedby", type: "text/html", href: "https://docs.openstack.org/" },
      { rel: "self", href: `${request.base}/v3/` },
    ],
    "media-types": [{ base: "application/json", type: "application/vnd.openstack.volume+json;version=3" }],
  };
  return {
    status: request.path.startsWith("/v3") ? 200 : 300,
    headers: { "openstack-api-version": "volume 3.0", vary: "OpenStack-API-Version" },
    json: { versions: [version] },
  };
}
