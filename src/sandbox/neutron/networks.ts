import type { JsonObject } from "../../cloud/json.ts";
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
import { subnetsOf } from "./state/addresses.ts";
import { addNetwork } from "./state/networks.ts";
import type { Network } from "./state/types.ts";

/** Most networks. */
const maxNetworks = 2000;

const networkFields =
  `id name tenant_id project_id admin_state_up status mtu shared router:external description port_security_enabled
  subnets tags is_default created_at updated_at revision_number ipv4_address_scope ipv6_address_scope
  provider:network_type provider:physical_network provider:segmentation_id`.split(/\s+/);

/** Networks. */
export const networkRoutes: Readonly<Record<string, NeutronHandler>> = {
  "GET /v2.0/networks": (call) =>
    listed(
      call,
      "networks",
      [...call.world.networks.values()].filter((each) => visible(call, each)).map((each) => view(call, each)),
      noNetwork,
      networkFields,
    ),
  "POST /v2.0/networks": async (call) => {
    const given = await call.json("network");
    mayWrite(call, "create_network");
    checkFields(
      given,
      "name",
      "admin_state_up",
      "shared",
      "description",
      "router:external",
      "mtu",
      "port_security_enabled",
      "tenant_id",
      "project_id",
    );
    if (call.world.networks.size >= maxNetworks) {
      throw new NeutronError(409, "OverQuota", "Quota exceeded for resources: ['network'].");
    }
    if ((given["router:external"] === true || given.shared === true) && !call.caller.admin) {
      const rule = given.shared === true ? "shared" : "router:external";
      const words = `(rule:create_network and rule:create_network:${rule}) is disallowed by policy`;
      throw new NeutronError(403, "PolicyNotAuthorized", words);
    }
    const network = addNetwork(call.world, {
      projectId: call.caller.projectId,
      name: typeof given.name === "string" ? given.name : "",
      description: typeof given.description === "string" ? given.description : "",
      external: given["router:external"] === true,
      shared: given.shared === true,
      ...(typeof given.mtu === "number" ? { mtu: given.mtu } : {}),
    });
    network.adminUp = given.admin_state_up !== false;
    // Neutron tells this of every network that it makes, and later of external ones only.
    return { status: 201, json: { network: { ...view(call, network), is_default: false } } };
  },
  "GET /v2.0/networks/:id": (call) => shown(call, "network", view(call, findNetwork(call))),
  "PUT /v2.0/networks/:id": async (call) => {
    const network = owned(call, findNetwork(call));
    const given = await call.json("network");
    checkFields(given, "name", "description", "admin_state_up", "shared", "mtu", "port_security_enabled");
    if (given.shared === true && !call.caller.admin) {
      const words = "(rule:update_network and rule:update_network:shared) is disallowed by policy";
      throw new NeutronError(403, "PolicyNotAuthorized", words);
    }
    network.name = typeof given.name === "string" ? given.name : network.name;
    network.description = typeof given.description === "string" ? given.description : network.description;
    network.adminUp = typeof given.admin_state_up === "boolean" ? given.admin_state_up : network.adminUp;
    network.shared = typeof given.shared === "boolean" ? given.shared : network.shared;
    network.mtu = typeof given.mtu === "number" ? given.mtu : network.mtu;
    return { status: 200, json: { network: view(call, network) } };
  },
  "DELETE /v2.0/networks/:id": (call) => {
    const { world } = call;
    const network = owned(call, findNetwork(call));
    const used = [...world.ports.values()].find((port) => port.networkId === network.id);
    if (used !== undefined) {
      const words = `Unable to complete operation on network ${network.id}. There are one or more ports still in use on the network, id for these ports is: ${used.id}.`;
      throw new NeutronError(409, "NetworkInUse", words);
    }
    for (const { id } of subnetsOf(world, network.id)) {
      world.subnets.delete(id);
    }
    world.networks.delete(network.id);
    return { status: 204 };
  },
};

/** External networks are seen by all. */
function visible(call: NeutronCall, network: Network): boolean {
  const { projectId, admin } = call.caller;
  return network.projectId === projectId || network.external || network.shared || admin;
}

function noNetwork(id: string): NeutronError {
  return new NeutronError(404, "NetworkNotFound", `Network ${id} could not be found.`);
}

/** The network of this id, or of the path. @throws NeutronError 404. */
export function findNetwork(call: NeutronCall, id = call.request.params.id ?? ""): Network {
  const network = call.world.networks.get(id);
  if (network === undefined || !visible(call, network)) {
    throw noNetwork(id);
  }
  return network;
}

/** Neutron refuses to change what is only seen, in the words of its policy. */
function owned(call: NeutronCall, network: Network): Network {
  const action = call.request.method === "DELETE" ? "delete" : "update";
  mayWrite(call, `${action}_network`);
  if (network.projectId !== call.caller.projectId && !call.caller.admin) {
    throw new NeutronError(403, "PolicyNotAuthorized", `rule:${action}_network is disallowed by policy`);
  }
  return network;
}

function view(call: NeutronCall, network: Network): JsonObject {
  const json: JsonObject = {
    id: network.id,
    name: network.name,
    tenant_id: network.projectId,
    admin_state_up: network.adminUp,
    mtu: network.mtu,
    status: "ACTIVE",
    subnets: subnetsOf(call.world, network.id).map(({ id }) => id),
    shared: network.shared,
    availability_zone_hints: [],
    availability_zones: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    "router:external": network.external,
    description: network.description,
    port_security_enabled: true,
    qos_policy_id: null,
    dns_domain: "",
    l2_adjacency: true,
    ...(network.external ? { is_default: false } : {}),
    ...common(network, 2),
  };
  if (call.caller.admin) {
    json["provider:network_type"] = network.external ? "flat" : "vxlan";
    json["provider:physical_network"] = network.external ? "public" : null;
    json["provider:segmentation_id"] = network.external ? null : 1000;
  }
  return json;
}
