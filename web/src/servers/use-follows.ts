import { createClient } from "@connectrpc/connect";
import { useTransport } from "@connectrpc/connect-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { ComputeService } from "../gen/oaktree/v1/compute_pb.js";
import { useReload } from "../lists/use-reload.ts";
import { Follows, type FollowsState } from "./follows.ts";

/** The servers that the page follows, as long as the component lives. */
export function useFollows(): { readonly follows: Follows; readonly state: FollowsState } {
  const transport = useTransport();
  const reload = useReload(ComputeService.method.listServers);
  const [follows] = useState(() => new Follows(createClient(ComputeService, transport), reload));
  const state = useSyncExternalStore(follows.subscribe, follows.state);
  useEffect(() => follows.close, [follows]);
  return { follows, state };
}
