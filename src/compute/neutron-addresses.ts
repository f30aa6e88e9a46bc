import { create } from "@bufbuild/protobuf";
import { isObject, type JsonObject } from "../cloud/json.ts";
import { type Server, ServerAddressSchema, ServerStatus } from "../gen/oaktree/v1/compute_pb.js";

/** Whether Nova may not have heard of a floating IP of the server yet, or never does. */
export function mayLackFloatingIps({ status, addresses }: Pick<Server, "status" | "addresses">): boolean {
  return (
    status !== ServerStatus.BUILD &&
    addresses.some(({ ipVersion, type }) => ipVersion === 4 && type !== "floating") &&
    !addresses.some(({ type }) => type === "floating")
  );
}

/**
 * Adds the floating IPs that only Neutron knows of to a server's addresses, and marks
 * those that Nova lists without saying what they are. Each stands on the network of the
 * fixed address that it leads to.
 *
 * @param attached Neutron's attached floating IPs, with the details of their ports.
 */
export function addFloatingIps(
  server: Pick<Server, "id" | "addresses">,
  attached: readonly JsonObject[],
): void {
  for (const raw of attached) {
    const details = isObject(raw.port_details) ? raw.port_details : {};
    if (details.device_id !== server.id) {
      continue;
    }
    const address = String(raw.floating_ip_address);
    const listed = server.addresses.find((one) => one.address === address);
    if (listed !== undefined) {
      listed.type ||= "floating";
      continue;
    }
    const fixed = server.addresses.find((one) => one.address === raw.fixed_ip_address);
    if (fixed !== undefined) {
      const { network } = fixed;
      const macAddress = String(details.mac_address ?? fixed.macAddress);
      server.addresses.push(
        create(ServerAddressSchema, { network, address, ipVersion: 4, type: "floating", macAddress }),
      );
    }
  }
}
