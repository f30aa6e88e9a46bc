import type { Message } from "@bufbuild/protobuf";
import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { Network } from "../gen/oaktree/v1/network_pb.js";
import { listAll } from "./upstream-lists.ts";

const key = "router:external";

/**
 * Networks with `router:external`. Since the policies of 2023 Neutron leaves it out
 * for networks of other projects (neutron/conf/policies/network.py,
 * `get_network:router:external`), which external networks mostly are; but its filter
 * still tells them apart.
 */
export async function withExternalFlag(
  networks: readonly JsonObject[],
  region: Region,
  scope: CallScope,
): Promise<JsonObject[]> {
  if (networks.every((raw) => raw[key] !== undefined)) {
    return [...networks];
  }
  const external = await listAll("networks", { [key]: "True", fields: "id" }, region, scope);
  const ids = new Set(external.map(({ id }) => id));
  return networks.map((raw) => (raw[key] === undefined ? { ...raw, [key]: ids.has(raw.id ?? null) } : raw));
}

/** The `complete` hook of networks: `is_router_external` where the answer left it out. */
export async function completeNetworks(
  messages: Message[],
  region: Region,
  scope: CallScope,
  raws: readonly JsonObject[],
): Promise<void> {
  for (const [index, raw] of (await withExternalFlag(raws, region, scope)).entries()) {
    (messages[index] as Network).isRouterExternal = raw[key] === true;
  }
}
