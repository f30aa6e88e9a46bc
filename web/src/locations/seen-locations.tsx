import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { type LocationName, locationKey, locationText } from "./location.ts";

interface Locations {
  /** Every location that an object was seen in, or that could not be reached. */
  readonly seen: readonly LocationName[];
  /** The location that the page is narrowed to. */
  readonly chosen: LocationName | undefined;
  readonly choose: (location: LocationName | undefined) => void;
  /** Notes locations; must not be called while rendering. */
  readonly note: (locations: Iterable<LocationName>) => void;
}

const Context = createContext<Locations | undefined>(undefined);

/** Collects the locations: there is no call that lists them, so they are learnt from what is read. */
export function SeenLocations({ children }: { readonly children: ReactNode }) {
  const [byKey, setByKey] = useState<ReadonlyMap<string, LocationName>>(new Map());
  const [chosen, choose] = useState<LocationName>();

  const note = useCallback((locations: Iterable<LocationName>) => {
    setByKey((known) => {
      const fresh = [...locations].filter((location) => !known.has(locationKey(location)));
      return fresh.length === 0
        ? known
        : new Map([...known, ...fresh.map(({ cloud, region }) => entry({ cloud, region }))]);
    });
  }, []);

  const value = useMemo(() => {
    const seen = [...byKey.values()].sort((a, b) => locationText(a).localeCompare(locationText(b)));
    return { seen, chosen, choose, note };
  }, [byKey, chosen, note]);
  return <Context value={value}>{children}</Context>;
}

/** The locations that are known so far. */
export function useLocations(): Locations {
  const locations = useContext(Context);
  if (locations === undefined) {
    throw new Error("useLocations needs SeenLocations around it");
  }
  return locations;
}

function entry(location: LocationName): [string, LocationName] {
  return [locationKey(location), location];
}
