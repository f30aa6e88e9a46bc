import { Code, ConnectError } from "@connectrpc/connect";
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { isUnauthenticated } from "./problem.ts";

/** How often a read is tried again when nothing could be reached. */
const retries = 2;

/** Makes the cache of what was read. `onRefused` hears of a credential that is not taken. */
export function createQueryClient(onRefused: (error: unknown) => void): QueryClient {
  const onError = (error: unknown): void => {
    if (isUnauthenticated(error)) {
      onRefused(error);
    }
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) =>
          count < retries && error instanceof ConnectError && error.code === Code.Unavailable,
      },
    },
  });
}
