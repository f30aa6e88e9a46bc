import type { ConnectError } from "@connectrpc/connect";
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import type { UnreachableLocation } from "../gen/oaktree/v1/common_pb.js";
import { type LocationName, locationKey } from "../locations/location.ts";
import { useLocations } from "../locations/seen-locations.tsx";

/** Objects that one page shows at most. */
export const pageSize = 50;

/** How connect-query walks the pages of a list. */
export const paging = {
  pageParamKey: "pageToken",
  getNextPageParam: (page: { readonly nextPageToken: string }) => page.nextPageToken || undefined,
} as const;

/** A list as far as it was read. */
export interface Pages<Item> {
  readonly items: readonly Item[];
  /** Locations whose objects are missing. */
  readonly unreachable: readonly LocationName[];
  readonly error: ConnectError | null;
  /** Whether nothing has come yet. */
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  /** Reads the next page. Undefined on the last one. */
  readonly more: (() => void) | undefined;
  readonly reload: () => void;
}

interface Page {
  readonly unreachable: readonly UnreachableLocation[];
}

/** Joins the pages that were read, and notes the locations in them. `itemsOf` must be a constant. */
export function usePages<P extends Page, Item extends { readonly location?: LocationName | undefined }>(
  query: UseInfiniteQueryResult<InfiniteData<P>, ConnectError>,
  itemsOf: (page: P) => readonly Item[],
): Pages<Item> {
  const { data } = query;
  const { note } = useLocations();
  const items = useMemo(() => data?.pages.flatMap((page) => itemsOf(page)) ?? [], [data, itemsOf]);
  const unreachable = useMemo(() => distinct(data?.pages.flatMap((page) => page.unreachable) ?? []), [data]);

  useEffect(() => {
    note([...unreachable, ...items.flatMap(({ location }) => location ?? [])]);
  }, [items, unreachable, note]);

  return {
    items,
    unreachable,
    error: query.error,
    isLoading: query.isPending,
    isLoadingMore: query.isFetchingNextPage,
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    reload: () => void query.refetch(),
  };
}

function distinct(locations: readonly LocationName[]): LocationName[] {
  return [...new Map(locations.map((location) => [locationKey(location), location])).values()];
}
