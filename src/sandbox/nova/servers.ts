import type { JsonObject, JsonValue } from "../../cloud/json.ts";
import type { Reply } from "../core/http.ts";
import { action } from "./actions.ts";
import { findServer, mayWrite, type NovaCall, NovaError, type NovaHandler, page } from "./call.ts";
import { create, hostnameCheck } from "./create.ts";
import { remove, touch } from "./lifecycle.ts";
import { checked, checkName, nullable, oneOf, text } from "./schema.ts";
import { filtered } from "./server-filter.ts";
import { addresses, portsOf, summary, view } from "./server-view.ts";
import type { Server } from "./state.ts";
import { checkLock } from "./transition.ts";

/** Servers. */
export const serverRoutes: Readonly<Record<string, NovaHandler>> = {
  "GET /servers": (call) => list(call, "index", summary),
  "GET /servers/detail": (call) => list(call, "detail", (each, server) => view(each, server, "list")),
  "POST /servers": create,
  "GET /servers/:id": (call) => ({ status: 200, json: { server: view(call, findServer(call), "show") } }),
  "PUT /servers/:id": update,
  "DELETE /servers/:id": (call) => {
    const server = findServer(call);
    checkLock(call, server);
    mayWrite(call, "servers:delete");
    remove(call.world, call.settings, server);
    return { status: 204 };
  },
  "POST /servers/:id/action": action,
  "GET /servers/:id/ips": (call) => ({
    status: 200,
    json: { addresses: addresses(call, findServer(call), false) },
  }),
  "GET /servers/:id/ips/:network": (call) => {
    const { network = "" } = call.request.params;
    const found = addresses(call, findServer(call), false)[network];
    if (found === undefined) {
      throw new NovaError(404, "Network name not found");
    }
    return { status: 200, json: { [network]: found } };
  },
  "GET /servers/:id/os-interface": (call) => ({
    status: 200,
    json: {
      interfaceAttachments: portsOf(call, findServer(call)).map((port) => ({
        net_id: port.networkId,
        port_id: port.id,
        mac_addr: port.mac,
        port_state: "ACTIVE",
        ...(call.version >= 70 ? { tag: null } : {}),
        fixed_ips: port.fixedIps.map(({ subnetId, address }) => ({
          subnet_id: subnetId,
          ip_address: address,
        })),
      })),
    },
  }),
};

function list(call: NovaCall, action: string, show: (call: NovaCall, server: Server) => JsonObject): Reply {
  const { items, next } = page(
    call,
    filtered(call, action),
    ({ id }) => id,
    (marker) => `marker [${marker}] not found`,
  );
  const servers: JsonValue[] = items.map((server) => show(call, server));
  return { status: 200, json: next === undefined ? { servers } : { servers, servers_links: next } };
}

async function update(call: NovaCall): Promise<Reply> {
  const server = findServer(call);
  const fields = {
    name: text(undefined, 1, 255),
    "OS-DCF:diskConfig": oneOf("AUTO", "MANUAL"),
    accessIPv4: text(),
    accessIPv6: text(),
    ...(call.version >= 19 ? { description: nullable(text()) } : {}),
    ...(call.version >= 90 ? { hostname: hostnameCheck } : {}),
  };
  const given = checked(await call.json(), "server", fields);
  mayWrite(call, "servers:update");
  const { accessIPv4, accessIPv6, description, hostname } = given;
  if (given.name !== undefined) {
    server.name = checkName(given.name);
  }
  if (typeof accessIPv4 === "string") {
    server.accessIPv4 = accessIPv4;
  }
  if (typeof accessIPv6 === "string") {
    server.accessIPv6 = accessIPv6;
  }
  if (typeof description === "string" || description === null) {
    server.description = description;
  }
  if (typeof hostname === "string") {
    server.hostname = hostname;
  }
  if (Object.keys(given).length > 0) {
    touch(call.world, server);
  }
  return { status: 200, json: { server: view(call, server, "update") } };
}
