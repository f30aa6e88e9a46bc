import { isIPv4 } from "node:net";
import type { Fault } from "../cloud/fault.ts";
import { isObject, type JsonObject } from "../cloud/json.ts";
import type { Region } from "../cloud/region.ts";
import { networkFault } from "./network-fault.ts";

/** A fixed address that a floating IP can lead to. */
export interface NatTarget {
  /** Id of the port. */
  readonly portId: string;
  /** Id of the port's network. */
  readonly networkId: string;
  /** The address. */
  readonly address: string;
}

/** What is asked of the target. */
export interface NatWish {
  /** Id of the network that it must be on. */
  readonly natDestination?: string | undefined;
  /** The address that it must be. */
  readonly fixedAddress?: string | undefined;
}

/**
 * The addresses of a server's ports that a floating IP can lead to, in the order in
 * which they are tried. The order is the same for all who ask, so that calls at the
 * same time try the same port first, where Neutron lets one of them win.
 *
 * @param preferred Ids of networks whose ports are tried first.
 */
export function natTargets(
  ports: readonly JsonObject[],
  wish: NatWish,
  preferred: readonly string[],
): NatTarget[] {
  const rank = (port: JsonObject) => {
    const place = preferred.indexOf(String(port.network_id));
    const first = String(place === -1 ? preferred.length : place).padStart(6, "0");
    return `${first} ${port.created_at ?? ""} ${port.id}`;
  };
  return ports
    .filter(({ network_id }) => wish.natDestination === undefined || network_id === wish.natDestination)
    .toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
    .flatMap((port) =>
      addressesOf(port).map((address) => ({
        portId: String(port.id),
        networkId: String(port.network_id),
        address,
      })),
    )
    .filter(({ address }) => wish.fixedAddress === undefined || address === wish.fixedAddress);
}

function addressesOf({ fixed_ips: fixedIps }: JsonObject): string[] {
  const addresses = Array.isArray(fixedIps) ? fixedIps.filter(isObject) : [];
  return addresses.map(({ ip_address: address }) => String(address)).filter(isIPv4);
}

/** Whether a floating IP is attached to something. */
export function isAttached({ port_id: portId }: JsonObject): boolean {
  return typeof portId === "string" && portId !== "";
}

/** Whether a floating IP leads to one of the targets. */
export function isOn(raw: JsonObject, targets: readonly NatTarget[]): boolean {
  return targets.some(
    ({ portId, address }) => raw.port_id === portId && (raw.fixed_ip_address ?? address) === address,
  );
}

/** That a server or port has nothing that a floating IP could lead to. */
export function noTarget(id: string, region: Region): Fault {
  return networkFault("CONFLICT", `${id} has no IPv4 address that a floating IP could lead to`, region, id);
}
