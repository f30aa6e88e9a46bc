import type { Region } from "../cloud/region.ts";
import { networkFault } from "./network-fault.ts";
import { networkConfig } from "./role-config.ts";

/** @throws Fault `UNSUPPORTED_BY_CLOUD`, `SERVICE_NOT_AVAILABLE` where the cloud's floating IPs are not Neutron's. */
export function requireNeutron(region: Region): void {
  const { floatingIps } = networkConfig(region);
  if (floatingIps === "nova") {
    throw networkFault(
      "UNSUPPORTED_BY_CLOUD",
      `floating_ip_source of ${region.cloud} is nova: Oaktree has floating IPs of Neutron only`,
      region,
    );
  }
  if (floatingIps === "none") {
    throw networkFault(
      "SERVICE_NOT_AVAILABLE",
      `${region.cloud} has no floating IPs: so says floating_ip_source of its clouds.yaml`,
      region,
    );
  }
}
