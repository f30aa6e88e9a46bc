import { randomUUID } from "node:crypto";
import { isObject, type JsonObject } from "../../cloud/json.ts";
import { type Reply, type Request, Routes, type Service } from "../core/http.ts";
import type { Identity } from "../keystone/identity.ts";
import { type NeutronCall, NeutronError, type NeutronHandler } from "./call.ts";
import { floatingIpRoutes } from "./floating-ips.ts";
import { networkRoutes } from "./networks.ts";
import { portRoutes } from "./ports.ts";
import { routerRoutes } from "./routers.ts";
import { securityGroupRuleRoutes } from "./security-group-rules.ts";
import { securityGroupRoutes } from "./security-groups.ts";
import type { NeutronState } from "./state/types.ts";
import { subnetRoutes } from "./subnets.ts";

/** Neutron, v2.0: networks, subnets, ports, routers, floating IPs and security groups. */
export function neutron(world: NeutronState, identity: Identity, pageLimit: number | undefined): Service {
  const routes = new Routes<NeutronHandler>({
    ...networkRoutes,
    ...portRoutes,
    ...subnetRoutes,
    ...securityGroupRoutes,
    ...securityGroupRuleRoutes,
    ...routerRoutes,
    ...floatingIpRoutes,
    "GET /v2.0/": ({ request }) => ({
      status: 200,
      json: {
        resources: ["network", "subnet", "port", "router", "floatingip"].map((name) => ({
          name,
          collection: `${name}s`,
          links: [{ rel: "self", href: `${request.base}/v2.0/${name}s` }],
        })),
      },
    }),
    "GET /v2.0/extensions": () => ({ status: 200, json: { extensions } }),
    "GET /v2.0/availability_zones": () => ({ status: 200, json: { availability_zones: [] } }),
  });
  return async (request) => {
    const ids = { "x-openstack-request-id": `req-${randomUUID()}` };
    if (request.method === "GET" && ["", "/"].includes(request.path)) {
      const links = [{ rel: "self", href: `${request.base}/v2.0/` }];
      return { status: 200, json: { versions: [{ id: "v2.0", status: "CURRENT", links }] } };
    }
    const caller = identity.caller(request, "network", "/network");
    if (caller === undefined) {
      return unauthorized(request, ids);
    }
    const reply = await answer(routes, {
      world,
      caller,
      pageLimit,
      request,
      json: async (key) => below(parse(await request.body()), key),
      body: async () => parse(await request.body()),
    });
    return { ...reply, headers: { ...ids, ...reply.headers } };
  };
}

const extensions = [
  {
    name: "Neutron Extra DHCP options",
    alias: "extra_dhcp_opt",
    description: "",
    updated: "2013-03-17T12:00:00-00:00",
    links: [],
  },
  {
    name: "Neutron external network",
    alias: "external-net",
    description: "",
    updated: "2013-01-14T10:00:00-00:00",
    links: [],
  },
  {
    name: "Pagination support",
    alias: "pagination",
    description: "",
    updated: "2016-06-12T00:00:00-00:00",
    links: [],
  },
  {
    name: "Sorting support",
    alias: "sorting",
    description: "",
    updated: "2016-06-12T00:00:00-00:00",
    links: [],
  },
  {
    name: "Neutron L3 Router",
    alias: "router",
    description: "",
    updated: "2012-07-20T10:00:00-00:00",
    links: [],
  },
  {
    name: "Floating IP Port Details Extension",
    alias: "fip-port-details",
    description: "",
    updated: "2018-04-09T10:00:00-00:00",
    links: [],
  },
  {
    name: "Tag support for resources with standard attribute: floatingip",
    alias: "standard-attr-tag",
    description: "Enables to set tag on resources with standard attribute.",
    updated: "2017-01-01T00:00:00-00:00",
    links: [],
  },
  {
    name: "security-group",
    alias: "security-group",
    description: "",
    updated: "2012-10-05T10:00:00-00:00",
    links: [],
  },
];

async function answer(routes: Routes<NeutronHandler>, call: NeutronCall): Promise<Reply> {
  const route = routes.match(call.request.method, call.request.path);
  try {
    if (Array.isArray(route)) {
      throw new NeutronError(404, "HTTPNotFound", "The resource could not be found.");
    }
    return await route.handler({ ...call, request: { ...call.request, params: route.params } });
  } catch (error) {
    if (!(error instanceof NeutronError)) {
      throw error;
    }
    return {
      status: error.status,
      json: { NeutronError: { type: error.type, message: error.message, detail: "" } },
    };
  }
}

function parse(body: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {}
  if (!isObject(value)) {
    throw new NeutronError(400, "HTTPBadRequest", "Body contains invalid data");
  }
  return value;
}

function below(value: JsonObject, key: string): JsonObject {
  const inner = value[key];
  if (!isObject(inner)) {
    throw new NeutronError(400, "HTTPBadRequest", `Unable to find '${key}' in request body`);
  }
  return inner;
}

function unauthorized(request: Request, ids: Record<string, string>): Reply {
  const keystone = `${request.base.slice(0, -"/network".length)}/identity/v3`;
  const message = "The request you have made requires authentication.";
  return {
    status: 401,
    headers: { ...ids, "www-authenticate": `Keystone uri="${keystone}"` },
    json: { error: { code: 401, title: "Unauthorized", message } },
  };
}
