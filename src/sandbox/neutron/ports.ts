import type { JsonObject } from "../../cloud/json.ts";
import { computeHost } from "../core/hosts.ts";
import type { Reply } from "../core/http.ts";
import { boolFromString } from "../core/python.ts";
import {
  checkFields,
  checkRequired,
  common,
  listed,
  mayWrite,
  type NeutronCall,
  NeutronError,
  type NeutronHandler,
  shown,
} from "./call.ts";
import { findNetwork } from "./networks.ts";
import { addPort, removePort } from "./state/networks.ts";
import type { Port } from "./state/types.ts";

/** Most ports. */
const maxPorts = 50_000;

const fields =
  `id name tenant_id project_id network_id mac_address admin_state_up status device_id device_owner
  fixed_ips security_groups description tags dns_name ip_allocation created_at updated_at revision_number
  port_security_enabled binding:host_id binding:vnic_type binding:vif_type qos_policy_id`.split(/\s+/);

/** Ports. */
export const portRoutes: Readonly<Record<string, NeutronHandler>> = {
  "GET /v2.0/ports": (call) =>
    listed(
      call,
      "ports",
      [...call.world.ports.values()].filter((each) => visible(call, each)).map((each) => view(call, each)),
      noPort,
      fields,
    ),
  "POST /v2.0/ports": create,
  "GET /v2.0/ports/:id": (call) => shown(call, "port", view(call, findPort(call))),
  "PUT /v2.0/ports/:id": async (call) => {
    const port = findPort(call);
    mayWrite(call, "update_port");
    const given = await call.json("port");
    checkFields(
      given,
      "name",
      "description",
      "admin_state_up",
      "security_groups",
      "device_id",
      "device_owner",
    );
    port.adminUp = boolFromString(String(given.admin_state_up)) ?? port.adminUp;
    port.name = typeof given.name === "string" ? given.name : port.name;
    port.description = typeof given.description === "string" ? given.description : port.description;
    port.deviceId = typeof given.device_id === "string" ? given.device_id : port.deviceId;
    port.deviceOwner = typeof given.device_owner === "string" ? given.device_owner : port.deviceOwner;
    port.securityGroups = Array.isArray(given.security_groups)
      ? given.security_groups.map(String)
      : port.securityGroups;
    port.updatedAt = call.world.timeline.now();
    return { status: 200, json: { port: view(call, port) } };
  },
  "DELETE /v2.0/ports/:id": (call) => {
    const port = findPort(call);
    mayWrite(call, "delete_port");
    if (port.deviceOwner === "network:router_interface") {
      const words = `Port ${port.id} cannot be deleted directly via the port API: has device owner network:router_interface.`;
      throw new NeutronError(409, "ServicePortInUse", words);
    }
    removePort(call.world, port);
    return { status: 204 };
  },
};

function visible(call: NeutronCall, port: Port): boolean {
  return port.projectId === call.caller.projectId || call.caller.admin;
}

function noPort(id: string): NeutronError {
  return new NeutronError(404, "PortNotFound", `Port ${id} could not be found.`);
}

/** The port of this id, or of the path. @throws NeutronError 404. */
export function findPort(call: NeutronCall, id = call.request.params.id ?? ""): Port {
  const port = call.world.ports.get(id);
  if (port === undefined || !visible(call, port)) {
    throw noPort(id);
  }
  return port;
}

async function create(call: NeutronCall): Promise<Reply> {
  const given = await call.json("port");
  mayWrite(call, "create_port");
  checkRequired(given, "network_id");
  checkFields(
    given,
    "network_id",
    "name",
    "description",
    "admin_state_up",
    "security_groups",
    "device_id",
    "device_owner",
    "tenant_id",
    "project_id",
  );
  const network = findNetwork(call, String(given.network_id ?? ""));
  if (call.world.ports.size >= maxPorts) {
    throw new NeutronError(409, "OverQuota", "Quota exceeded for resources: ['port'].");
  }
  const port = addPort(call.world, network, {
    projectId: call.caller.projectId,
    name: typeof given.name === "string" ? given.name : "",
    description: typeof given.description === "string" ? given.description : "",
    ...(typeof given.device_id === "string" ? { deviceId: given.device_id } : {}),
    ...(typeof given.device_owner === "string" ? { deviceOwner: given.device_owner } : {}),
    ...(Array.isArray(given.security_groups) ? { securityGroups: given.security_groups.map(String) } : {}),
  });
  if (port === undefined) {
    const words = `No more IP addresses available on network ${network.id}.`;
    throw new NeutronError(409, "IpAddressGenerationFailure", words);
  }
  return { status: 201, json: { port: view(call, port) } };
}

function view(call: NeutronCall, port: Port): JsonObject {
  const bound = port.deviceId !== "";
  const secure = port.deviceOwner !== "network:router_interface";
  const json: JsonObject = {
    id: port.id,
    name: port.name,
    network_id: port.networkId,
    tenant_id: port.projectId,
    mac_address: port.mac,
    admin_state_up: port.adminUp ?? true,
    status: bound ? "ACTIVE" : "DOWN",
    device_id: port.deviceId,
    device_owner: port.deviceOwner,
    fixed_ips: port.fixedIps.map(({ subnetId, address }) => ({ subnet_id: subnetId, ip_address: address })),
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    security_groups: [...port.securityGroups],
    description: port.description,
    "binding:vnic_type": "normal",
    port_security_enabled: secure,
    qos_policy_id: null,
    qos_network_policy_id: null,
    dns_name: port.hostname,
    dns_assignment: port.fixedIps.map(({ address }) => {
      const hostname = port.hostname === "" ? `host-${address.replaceAll(".", "-")}` : port.hostname;
      return { ip_address: address, hostname, fqdn: `${hostname}.sandbox.local.` };
    }),
    dns_domain: "",
    ip_allocation: "immediate",
    ...common(port, bound ? 3 : 1, port.updatedAt),
  };
  if (call.caller.admin) {
    json["binding:profile"] = {};
    json["binding:host_id"] = bound ? computeHost : "";
    json["binding:vif_type"] = bound ? "ovs" : "unbound";
    json["binding:vif_details"] = {};
    json.resource_request = null;
  }
  return json;
}
