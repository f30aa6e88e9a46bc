import { isIPv4 } from "node:net";
import type { JsonObject } from "../../cloud/json.ts";
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
import { findPort } from "./ports.ts";
import { addFloatingIp, floatingIpsOf, removeFloatingIp } from "./state/floating-ips.ts";
import { routerBetween } from "./state/routers.ts";
import type { FloatingIp } from "./state/types.ts";

/** Most floating IPs. */
const maxFloatingIps = 50_000;

const fields =
  `id name tenant_id project_id floating_ip_address floating_network_id fixed_ip_address port_id router_id
  status description tags created_at updated_at revision_number`.split(/\s+/);

/** Floating IPs. */
export const floatingIpRoutes: Readonly<Record<string, NeutronHandler>> = {
  "GET /v2.0/floatingips": (call) =>
    listed(
      call,
      "floatingips",
      [...call.world.floatingIps.values()]
        .filter((each) => visible(call, each))
        .map((each) => view(call, each)),
      missing,
      fields,
    ),
  "POST /v2.0/floatingips": create,
  "GET /v2.0/floatingips/:id": (call) => shown(call, "floatingip", view(call, find(call))),
  "PUT /v2.0/floatingips/:id": async (call) => {
    const given = await call.json("floatingip");
    const floatingIp = find(call);
    mayWrite(call, "update_floatingip");
    checkFields(given, "port_id", "fixed_ip_address", "description");
    if ("port_id" in given) {
      // As in Neutron, an address is taken away from the port that it is on.
      const portId = given.port_id;
      floatingIp.at =
        typeof portId === "string"
          ? place(call, floatingIp.networkId, portId, given.fixed_ip_address, floatingIp)
          : undefined;
    }
    if (typeof given.description === "string") {
      floatingIp.description = given.description;
    }
    floatingIp.updatedAt = call.world.timeline.now();
    return { status: 200, json: { floatingip: view(call, floatingIp) } };
  },
  "PUT /v2.0/floatingips/:id/tags/:tag": (call) => {
    const { tags } = findTagged(call);
    tags.add(call.request.params.tag ?? "");
    return { status: 201, json: null };
  },
  "DELETE /v2.0/floatingips/:id/tags/:tag": (call) => {
    const { tags } = findTagged(call);
    const tag = call.request.params.tag ?? "";
    if (!tags.delete(tag)) {
      throw new NeutronError(404, "TagNotFound", `Tag ${tag} could not be found.`);
    }
    return { status: 204 };
  },
  "DELETE /v2.0/floatingips/:id": (call) => {
    const floatingIp = find(call);
    mayWrite(call, "delete_floatingip");
    removeFloatingIp(call.world, floatingIp);
    return { status: 204 };
  },
};

function visible(call: NeutronCall, { projectId }: FloatingIp): boolean {
  return projectId === call.caller.projectId || call.caller.admin;
}

function missing(id: string): NeutronError {
  return new NeutronError(404, "FloatingIPNotFound", `Floating IP ${id} could not be found`);
}

function find(call: NeutronCall): FloatingIp {
  const id = call.request.params.id ?? "";
  const floatingIp = call.world.floatingIps.get(id);
  if (floatingIp === undefined || !visible(call, floatingIp)) {
    throw missing(id);
  }
  return floatingIp;
}

/** Neutron of 2023 has no policy of its own for tags: who sees the address may tag it. */
function findTagged(call: NeutronCall): FloatingIp {
  const id = call.request.params.id ?? "";
  const floatingIp = call.world.floatingIps.get(id);
  if (floatingIp === undefined || !visible(call, floatingIp)) {
    const words = `Resource floatingips ${id} could not be found.`;
    throw new NeutronError(404, "TagResourceNotFound", words);
  }
  return floatingIp;
}

async function create(call: NeutronCall): Promise<Reply> {
  const given = await call.json("floatingip");
  mayWrite(call, "create_floatingip");
  checkRequired(given, "floating_network_id");
  checkFields(
    given,
    "floating_network_id",
    "port_id",
    "fixed_ip_address",
    "floating_ip_address",
    "description",
    "tenant_id",
    "project_id",
  );
  const network = findNetwork(call, String(given.floating_network_id ?? ""));
  if (!network.external) {
    throw bad(`Network ${network.id} is not a valid external network.`);
  }
  if (call.world.floatingIps.size >= maxFloatingIps) {
    throw new NeutronError(409, "OverQuota", "Quota exceeded for resources: ['floatingip'].");
  }
  const portId = given.port_id;
  const wanted = given.floating_ip_address;
  const floatingIp = addFloatingIp(
    call.world,
    network.id,
    {
      projectId: call.caller.projectId,
      description: typeof given.description === "string" ? given.description : "",
      at: typeof portId === "string" ? place(call, network.id, portId, given.fixed_ip_address) : undefined,
    },
    typeof wanted === "string" ? wanted : undefined,
  );
  if (floatingIp === undefined) {
    const words = `No more IP addresses available on network ${network.id}.`;
    throw new NeutronError(409, "IpAddressGenerationFailure", words);
  }
  return { status: 201, json: { floatingip: view(call, floatingIp) } };
}

/** Where a floating IP leads to, if it may. */
function place(
  call: NeutronCall,
  networkId: string,
  portId: string,
  address: unknown,
  itself?: FloatingIp,
): NonNullable<FloatingIp["at"]> {
  const port = findPort(call, portId);
  const own = port.fixedIps.filter((fixed) => isIPv4(fixed.address));
  const fixed = typeof address === "string" ? own.find((one) => one.address === address) : own[0];
  if (fixed === undefined) {
    throw bad(
      typeof address === "string"
        ? `Port ${portId} does not have fixed ip ${address}.`
        : `Cannot add floating IP to port ${portId} that has no fixed IPv4 addresses.`,
    );
  }
  if (own.length > 1 && typeof address !== "string") {
    throw bad(
      `Port ${portId} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a floating IP`,
    );
  }
  const router = routerBetween(call.world, fixed.subnetId, networkId);
  if (router === undefined) {
    const words = `External network ${networkId} is not reachable from subnet ${fixed.subnetId}.  Therefore, cannot associate Port ${portId} with a Floating IP.`;
    throw new NeutronError(404, "ExternalGatewayForFloatingIPNotFound", words);
  }
  const taken = floatingIpsOf(call.world, portId).find(
    (one) => one !== itself && one.networkId === networkId && one.at?.fixedAddress === fixed.address,
  );
  if (taken !== undefined) {
    const words = `Cannot associate floating IP ${itself?.address ?? "a new one"} with port ${portId} using fixed IP ${fixed.address}, as that fixed IP already has a floating IP on external network ${networkId}.`;
    throw new NeutronError(409, "FloatingIPPortAlreadyAssociated", words);
  }
  return { portId, fixedAddress: fixed.address, routerId: router.id };
}

function bad(words: string): NeutronError {
  return new NeutronError(400, "BadRequest", `Bad floatingip request: ${words}`);
}

function view(call: NeutronCall, floatingIp: FloatingIp): JsonObject {
  const { at } = floatingIp;
  const port = at && call.world.ports.get(at.portId);
  return {
    id: floatingIp.id,
    tenant_id: floatingIp.projectId,
    floating_ip_address: floatingIp.address,
    floating_network_id: floatingIp.networkId,
    router_id: at?.routerId ?? null,
    port_id: at?.portId ?? null,
    fixed_ip_address: at?.fixedAddress ?? null,
    status: at === undefined ? "DOWN" : "ACTIVE",
    description: floatingIp.description,
    qos_policy_id: null,
    port_details:
      port === undefined
        ? null
        : {
            name: port.name,
            network_id: port.networkId,
            mac_address: port.mac,
            admin_state_up: true,
            status: port.deviceId === "" ? "DOWN" : "ACTIVE",
            device_id: port.deviceId,
            device_owner: port.deviceOwner,
          },
    dns_domain: "",
    dns_name: "",
    port_forwardings: [],
    ...common(floatingIp, 1, floatingIp.updatedAt),
    tags: [...floatingIp.tags],
  };
}
