import { skipToken, useQuery } from "@connectrpc/connect-query";
import { ComputeService, type Server, type ServerFault, ServerStatus } from "../gen/oaktree/v1/compute_pb.js";
import { selectorOf } from "../locations/location.ts";

/**
 * Why a server is in ERROR. Nova's list leaves out the faults of servers that no
 * host would take, as those are in a cell of their own (InstanceList.fill_faults
 * asks the one that the context points to), so a fault that is missing is asked for.
 */
export function useFault({ id, location, status, fault }: Server): ServerFault | undefined {
  const isFailed = status === ServerStatus.ERROR;
  const request = { ...(location && { location: selectorOf(location) }), nameOrId: id };
  const asked = useQuery(ComputeService.method.getServer, isFailed && !fault ? request : skipToken);
  return isFailed ? (fault ?? asked.data?.server?.fault) : undefined;
}
