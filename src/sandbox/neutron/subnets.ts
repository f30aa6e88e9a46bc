import { isIPv4 } from "node:net";
import { isObject, type JsonObject } from "../../cloud/json.ts";
import type { Reply } from "../core/http.ts";
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
import { ipNumber, ipText, subnetsOf } from "./state/addresses.ts";
import { addSubnet } from "./state/networks.ts";
import type { Subnet } from "./state/types.ts";

const subnetFields =
  `id name tenant_id project_id network_id ip_version cidr gateway_ip enable_dhcp description subnetpool_id
  ipv6_ra_mode ipv6_address_mode tags created_at updated_at revision_number`.split(/\s+/);

/** Subnets, of IPv4 only. */
export const subnetRoutes: Readonly<Record<string, NeutronHandler>> = {
  "GET /v2.0/subnets": (call) =>
    listed(
      call,
      "subnets",
      [...call.world.subnets.values()]
        .filter((each) => subnetVisible(call, each))
        .map((each) => subnetView(call, each)),
      noSubnet,
      subnetFields,
    ),
  "POST /v2.0/subnets": createSubnet,
  "GET /v2.0/subnets/:id": (call) => shown(call, "subnet", subnetView(call, findSubnet(call))),
  "PUT /v2.0/subnets/:id": async (call) => {
    const given = await call.json("subnet");
    const subnet = findSubnet(call);
    mayWrite(call, "update_subnet");
    checkFields(given, "name", "description", "gateway_ip", "enable_dhcp", "dns_nameservers", "host_routes");
    change(subnet, given);
    return { status: 200, json: { subnet: subnetView(call, subnet) } };
  },
  "DELETE /v2.0/subnets/:id": (call) => {
    const subnet = findSubnet(call);
    mayWrite(call, "delete_subnet");
    if (subnet.used.size > 0) {
      const words = `Unable to complete operation on subnet ${subnet.id}: One or more ports have an IP allocation from this subnet.`;
      throw new NeutronError(409, "SubnetInUse", words);
    }
    call.world.subnets.delete(subnet.id);
    return { status: 204 };
  },
};

/** Subnets of external networks are seen by administrators only. */
function subnetVisible(call: NeutronCall, subnet: Subnet): boolean {
  const shared = call.world.networks.get(subnet.networkId)?.shared === true;
  return subnet.projectId === call.caller.projectId || shared || call.caller.admin;
}

function noSubnet(id: string): NeutronError {
  return new NeutronError(404, "SubnetNotFound", `Subnet ${id} could not be found.`);
}

/** The subnet of this id, or of the path. @throws NeutronError 404. */
export function findSubnet(call: NeutronCall, id = call.request.params.id ?? ""): Subnet {
  const subnet = call.world.subnets.get(id);
  if (subnet === undefined || !subnetVisible(call, subnet)) {
    throw noSubnet(id);
  }
  return subnet;
}

async function createSubnet(call: NeutronCall): Promise<Reply> {
  const given = await call.json("subnet");
  mayWrite(call, "create_subnet");
  checkRequired(given, "ip_version", "network_id");
  checkFields(
    given,
    "network_id",
    "ip_version",
    "cidr",
    "name",
    "description",
    "gateway_ip",
    "enable_dhcp",
    "dns_nameservers",
    "host_routes",
    "tenant_id",
    "project_id",
  );
  const network = findNetwork(call, String(given.network_id ?? ""));
  if (given.ip_version === undefined) {
    const words = "Failed to parse request. Required attribute 'ip_version' not specified";
    throw new NeutronError(400, "HTTPBadRequest", words);
  }
  if (given.ip_version !== 4 || !/^\d{1,3}(\.\d{1,3}){3}\/(8|9|1\d|2\d)$/.test(String(given.cidr ?? ""))) {
    const words = "Invalid input for cidr. Reason: the sandbox has IPv4 subnets of /8 to /29 only.";
    throw new NeutronError(400, "HTTPBadRequest", words);
  }
  const overlap = subnetsOf(call.world, network.id).some((one) => overlaps(one.cidr, String(given.cidr)));
  if (overlap) {
    const words = `Invalid input for operation: Requested subnet with cidr: ${given.cidr} for network: ${network.id} overlaps with another subnet.`;
    throw new NeutronError(400, "InvalidInput", words);
  }
  const subnet = addSubnet(call.world, network, {
    name: "",
    cidr: String(given.cidr),
    dhcp: true,
    dnsNameservers: [],
  });
  change(subnet, given);
  return { status: 201, json: { subnet: subnetView(call, subnet) } };
}

function subnetView(call: NeutronCall, subnet: Subnet): JsonObject {
  return {
    id: subnet.id,
    name: subnet.name,
    tenant_id: subnet.projectId,
    network_id: subnet.networkId,
    ip_version: 4,
    subnetpool_id: null,
    enable_dhcp: subnet.dhcp,
    ipv6_ra_mode: null,
    ipv6_address_mode: null,
    gateway_ip: subnet.gateway,
    cidr: subnet.cidr,
    allocation_pools: [{ start: ipText(subnet.first), end: ipText(subnet.last) }],
    host_routes: subnet.hostRoutes.map((route) => ({ ...route })),
    dns_nameservers: [...subnet.dnsNameservers],
    description: subnet.description,
    service_types: [],
    ...(call.caller.admin ? { segment_id: null } : {}),
    ...common(subnet, 0),
  };
}

function change(subnet: Subnet, given: JsonObject): void {
  const { gateway_ip: gateway, dns_nameservers: servers, host_routes: routes } = given;
  if (gateway !== undefined && gateway !== null && !isIPv4(String(gateway))) {
    const words = `Invalid input for gateway_ip. Reason: '${gateway}' is not a valid IP address.`;
    throw new NeutronError(400, "HTTPBadRequest", words);
  }
  subnet.name = typeof given.name === "string" ? given.name : subnet.name;
  subnet.description = typeof given.description === "string" ? given.description : subnet.description;
  subnet.gateway = gateway === undefined ? subnet.gateway : gateway === null ? null : String(gateway);
  subnet.dhcp = typeof given.enable_dhcp === "boolean" ? given.enable_dhcp : subnet.dhcp;
  subnet.dnsNameservers = Array.isArray(servers) ? servers.map(String) : subnet.dnsNameservers;
  subnet.hostRoutes = Array.isArray(routes)
    ? routes
        .filter(isObject)
        .map(({ destination, nexthop }) => ({ destination: String(destination), nexthop: String(nexthop) }))
    : subnet.hostRoutes;
}

function overlaps(a: string, b: string): boolean {
  const [addressA = "", bitsA] = a.split("/");
  const [addressB = "", bitsB] = b.split("/");
  const size = 2 ** (32 - Math.min(Number(bitsA), Number(bitsB)));
  return Math.floor(ipNumber(addressA) / size) === Math.floor(ipNumber(addressB) / size);
}
