import type { Message } from "@bufbuild/protobuf";
import { isFault } from "../cloud/fault.ts";
import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import type { Server } from "../gen/oaktree/v1/compute_pb.js";
import type { NetworkViews } from "../network/network-views.ts";
import { networkConfig } from "../network/role-config.ts";
import { type AddressRoles, addressRoles, chooseAddresses } from "./addresses.ts";
import { addFloatingIps, mayLackFloatingIps } from "./neutron-addresses.ts";

/** What is known of a cloud without Neutron, or with a broken one. */
const noRoles: AddressRoles = {
  externalV4: new Set(),
  externalV6: new Set(),
  internalV4: new Set(),
  internalV6: new Set(),
  defaultInterface: new Set(),
  config: { isPrivate: false, forceIpv4: false, usesExternal: true, usesInternal: true },
};

/**
 * Fills in `public_v4`, `public_v6`, `private_v4` and `interface_ip`, and floating IPs
 * that Nova does not know of. An answer costs at most one list of networks a minute and
 * one of floating IPs in two seconds, however many servers and callers there are.
 */
export class ServerAddresses {
  readonly #views: NetworkViews;

  /** Shares what it reads with the calls on floating IPs. */
  constructor(views: NetworkViews) {
    this.#views = views;
  }

  /** The `complete` hook of servers. */
  readonly complete = async (messages: Message[], region: Region, scope: CallScope): Promise<void> => {
    const servers = messages as Server[];
    const plugged = servers.some((server) => server.addresses.length > 0);
    const roles = plugged ? await this.#roles(region, scope) : noRoles;
    const lacking = roles === noRoles ? [] : servers.filter(mayLackFloatingIps);
    const attached = lacking.length > 0 ? await this.#attached(region, scope) : [];
    for (const server of lacking) {
      addFloatingIps(server, attached);
    }
    for (const server of servers) {
      Object.assign(server, chooseAddresses(server, roles));
    }
  };

  async #roles(region: Region, scope: CallScope): Promise<AddressRoles> {
    return harmless(scope, noRoles, async () => {
      const { config, roles } = await this.#views.roles.get(region, scope);
      return addressRoles(config, roles);
    });
  }

  async #attached(region: Region, scope: CallScope): Promise<readonly JsonObject[]> {
    return harmless(scope, [], async () =>
      networkConfig(region).floatingIps === "neutron" ? this.#views.attached.get(region, scope) : [],
    );
  }
}

/**
 * Without Neutron, or with a broken one, addresses are still told apart by their types
 * and ranges; servers must not become unlistable over it.
 */
async function harmless<T>(scope: CallScope, otherwise: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isFault(error) && !scope.signal.aborted) {
      return otherwise;
    }
    throw error;
  }
}
