import type { Region } from "../cloud/region.ts";
import type { UpstreamPage } from "./paging.ts";

/** The pages of one location. */
export type Pages = AsyncGenerator<UpstreamPage>;

/** The locations of a list, their first pages under way before their turn. */
export interface ReadAhead extends Iterable<{ region: Region; read: (signal: AbortSignal) => Pages }> {
  /** Ends what was begun and not read. */
  stop(): Promise<void>;
}

/**
 * Goes through locations one after the other, while the first pages of the next
 * ones are fetched already. What is held at most is one page for each of `width`
 * locations.
 */
export function readAhead(
  regions: readonly Region[],
  width: number,
  open: (region: Region, signal: AbortSignal) => Pages,
): ReadAhead {
  const controllers: AbortController[] = [];
  const begun: { pages: Pages; first: Promise<IteratorResult<UpstreamPage>> }[] = [];

  const begin = (index: number, signal: AbortSignal) => {
    const region = regions[index];
    if (region === undefined || begun[index] !== undefined) {
      return;
    }
    const controller = new AbortController();
    controllers.push(controller);
    const pages = open(region, AbortSignal.any([signal, controller.signal]));
    const first = pages.next();
    // Its error is met when its turn comes; until then it must not count as unhandled.
    first.catch(() => {});
    begun[index] = { pages, first };
  };

  async function* read(index: number, signal: AbortSignal): Pages {
    for (let ahead = index; ahead < index + width; ahead++) {
      begin(ahead, signal);
    }
    const own = begun[index];
    if (own === undefined) {
      return;
    }
    const first = await own.first;
    if (!first.done) {
      yield first.value;
      yield* own.pages;
    }
  }

  return {
    *[Symbol.iterator]() {
      for (const [index, region] of regions.entries()) {
        yield { region, read: (signal) => read(index, signal) };
      }
    },
    async stop() {
      for (const controller of controllers) {
        controller.abort();
      }
      await Promise.allSettled(begun.map(({ pages }) => pages.return(undefined)));
    },
  };
}
