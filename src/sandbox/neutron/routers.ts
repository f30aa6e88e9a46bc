import { isObject, type JsonObject, type JsonValue } from "../../cloud/json.ts";
import type { Reply } from "../core/http.ts";
import {
  checkFields,
  common,
  listed,
  mayWrite,
  type NeutronCall,
  NeutronError,
  type NeutronHandler,
  shown,
} from "./call.ts";
import { findNetwork } from "./networks.ts";
import { findPort } from "./ports.ts";
import { addPort, removePort } from "./state/networks.ts";
import { addRouter, setGateway } from "./state/routers.ts";
import type { Port, Router } from "./state/types.ts";
import { findSubnet } from "./subnets.ts";

/** Most routers. */
const maxRouters = 2000;

const interfaceOwner = "network:router_interface";

const fields = `id name tenant_id project_id admin_state_up status description tags created_at updated_at
  revision_number`.split(/\s+/);

/** Routers and their interfaces. */
export const routerRoutes: Readonly<Record<string, NeutronHandler>> = {
  "GET /v2.0/routers": (call) =>
    listed(
      call,
      "routers",
      [...call.world.routers.values()].filter((each) => visible(call, each)).map(view),
      missing,
      fields,
    ),
  "POST /v2.0/routers": async (call) => {
    const given = await call.json("router");
    mayWrite(call, "create_router");
    checkFields(given, "name", "description", "admin_state_up", "external_gateway_info", "tenant_id");
    if (call.world.routers.size >= maxRouters) {
      throw new NeutronError(409, "OverQuota", "Quota exceeded for resources: ['router'].");
    }
    const networkId = gatewayOf(call, given.external_gateway_info);
    const router = addRouter(call.world, { projectId: call.caller.projectId, name: "" });
    change(call, router, given);
    leadOut(call, router, networkId);
    return { status: 201, json: { router: view(router) } };
  },
  "GET /v2.0/routers/:id": (call) => shown(call, "router", view(find(call))),
  "PUT /v2.0/routers/:id": async (call) => {
    const given = await call.json("router");
    const router = find(call);
    mayWrite(call, "update_router");
    checkFields(given, "name", "description", "admin_state_up", "external_gateway_info", "routes");
    if ("external_gateway_info" in given) {
      leadOut(call, router, gatewayOf(call, given.external_gateway_info));
    }
    change(call, router, given);
    return { status: 200, json: { router: view(router) } };
  },
  "DELETE /v2.0/routers/:id": (call) => {
    const router = find(call);
    mayWrite(call, "delete_router");
    const [port] = interfacesOf(call, router);
    if (port !== undefined) {
      const words = `Router ${router.id} has ports still attached: ${port.id}`;
      throw new NeutronError(409, "RouterInUse", words);
    }
    setGateway(call.world, router, undefined);
    call.world.routers.delete(router.id);
    return { status: 204 };
  },
  "PUT /v2.0/routers/:id/add_router_interface": addInterface,
  "PUT /v2.0/routers/:id/remove_router_interface": removeInterface,
};

function visible(call: NeutronCall, { projectId }: Router): boolean {
  return projectId === call.caller.projectId || call.caller.admin;
}

function missing(id: string): NeutronError {
  return new NeutronError(404, "RouterNotFound", `Router ${id} could not be found`);
}

function find(call: NeutronCall): Router {
  const id = call.request.params.id ?? "";
  const router = call.world.routers.get(id);
  if (router === undefined || !visible(call, router)) {
    throw missing(id);
  }
  return router;
}

function interfacesOf(call: NeutronCall, router: Router): Port[] {
  return [...call.world.ports.values()].filter(({ deviceId }) => deviceId === router.id);
}

/** The network of a gateway; undefined for none. Both null and {} take it away. */
function gatewayOf(call: NeutronCall, given: JsonValue | undefined): string | undefined {
  const id = isObject(given) ? given.network_id : undefined;
  if (typeof id !== "string") {
    return undefined;
  }
  const network = findNetwork(call, id);
  if (!network.external) {
    throw bad(`Network ${id} is not an external network.`);
  }
  return id;
}

function leadOut(call: NeutronCall, router: Router, networkId: string | undefined): void {
  if (router.gateway?.networkId === networkId) {
    return;
  }
  const used = [...call.world.floatingIps.values()].some(({ at }) => at?.routerId === router.id);
  if (used) {
    const words = `Gateway cannot be updated for router ${router.id}, since a gateway to external network ${router.gateway?.networkId} is required by one or more floating IPs.`;
    throw new NeutronError(409, "RouterExternalGatewayInUseByFloatingIp", words);
  }
  if (!setGateway(call.world, router, networkId)) {
    const words = `No more IP addresses available on network ${networkId}.`;
    throw new NeutronError(409, "IpAddressGenerationFailure", words);
  }
}

function change(call: NeutronCall, router: Router, given: JsonObject): void {
  router.name = typeof given.name === "string" ? given.name : router.name;
  router.description = typeof given.description === "string" ? given.description : router.description;
  router.adminUp = typeof given.admin_state_up === "boolean" ? given.admin_state_up : router.adminUp;
  if (Array.isArray(given.routes)) {
    router.routes = given.routes
      .filter(isObject)
      .map(({ destination, nexthop }) => ({ destination: String(destination), nexthop: String(nexthop) }));
  }
  router.updatedAt = call.world.timeline.now();
}

async function addInterface(call: NeutronCall): Promise<Reply> {
  const given = await call.body();
  const router = find(call);
  mayWrite(call, "add_router_interface");
  let port: Port | undefined;
  if (typeof given.port_id === "string") {
    port = findPort(call, given.port_id);
    if (port.deviceId !== "") {
      const words = `Unable to complete operation on port ${port.id} for network ${port.networkId}. Port already has an attached device ${port.deviceId}.`;
      throw new NeutronError(409, "PortInUse", words);
    }
    port.deviceId = router.id;
    port.deviceOwner = interfaceOwner;
  } else {
    if (typeof given.subnet_id !== "string") {
      throw bad("Either subnet_id or port_id must be specified.");
    }
    const subnet = findSubnet(call, given.subnet_id);
    if (subnet.gateway === null) {
      throw bad("Subnet for router interface must have a gateway IP.");
    }
    if (interfacesOf(call, router).some((one) => one.fixedIps[0]?.subnetId === subnet.id)) {
      throw bad(`Router already has a port on subnet ${subnet.id}.`);
    }
    port = addPort(call.world, findNetwork(call, subnet.networkId), {
      projectId: router.projectId,
      fixedIps: [{ subnetId: subnet.id, address: subnet.gateway }],
      securityGroups: [],
      deviceId: router.id,
      deviceOwner: interfaceOwner,
    });
  }
  return { status: 200, json: interfaceView(router, port as Port) };
}

async function removeInterface(call: NeutronCall): Promise<Reply> {
  const given = await call.body();
  const router = find(call);
  mayWrite(call, "remove_router_interface");
  const port = interfacesOf(call, router).find(
    ({ id, fixedIps }) => id === given.port_id || fixedIps.some((one) => one.subnetId === given.subnet_id),
  );
  if (port === undefined) {
    throw typeof given.port_id === "string"
      ? new NeutronError(
          404,
          "RouterInterfaceNotFound",
          `Router ${router.id} does not have an interface with id ${given.port_id}`,
        )
      : new NeutronError(
          404,
          "RouterInterfaceNotFoundForSubnet",
          `Router ${router.id} has no interface on subnet ${given.subnet_id}`,
        );
  }
  const subnetId = port.fixedIps[0]?.subnetId ?? "";
  const used = [...call.world.floatingIps.values()].some(
    ({ at }) =>
      at?.routerId === router.id &&
      call.world.ports.get(at.portId)?.fixedIps.some((fixed) => fixed.subnetId === subnetId),
  );
  if (used) {
    const words = `Router interface for subnet ${subnetId} on router ${router.id} cannot be deleted, as it is required by one or more floating IPs.`;
    throw new NeutronError(409, "RouterInterfaceInUseByFloatingIP", words);
  }
  removePort(call.world, port);
  return { status: 200, json: interfaceView(router, port) };
}

function interfaceView(router: Router, port: Port): JsonObject {
  const subnetId = port.fixedIps[0]?.subnetId ?? "";
  return {
    id: router.id,
    tenant_id: router.projectId,
    port_id: port.id,
    network_id: port.networkId,
    subnet_id: subnetId,
    subnet_ids: [subnetId],
  };
}

function bad(words: string): NeutronError {
  return new NeutronError(400, "BadRequest", `Bad router request: ${words}`);
}

function view(router: Router): JsonObject {
  const { gateway } = router;
  return {
    id: router.id,
    name: router.name,
    tenant_id: router.projectId,
    admin_state_up: router.adminUp,
    status: "ACTIVE",
    external_gateway_info:
      gateway === undefined
        ? null
        : {
            network_id: gateway.networkId,
            external_fixed_ips: [{ subnet_id: gateway.subnetId, ip_address: gateway.address }],
            enable_snat: gateway.snat,
          },
    description: router.description,
    availability_zones: [],
    availability_zone_hints: [],
    routes: router.routes.map((route) => ({ ...route })),
    flavor_id: null,
    ...common(router, 1, router.updatedAt),
  };
}
