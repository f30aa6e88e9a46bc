import type { DescMethodUnary } from "@bufbuild/protobuf";
import { createConnectQueryKey } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

/** Reads every list of this RPC again that is on the page. Settles when they are there. */
export function useReload(list: DescMethodUnary): () => Promise<void> {
  const client = useQueryClient();
  return useCallback(
    () =>
      client.invalidateQueries({ queryKey: createConnectQueryKey({ schema: list, cardinality: undefined }) }),
    [client, list],
  );
}
