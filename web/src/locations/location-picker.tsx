import { LocationSelect } from "./location-select.tsx";
import { useLocations } from "./seen-locations.tsx";

/** Narrows the page to one location. */
export function LocationPicker() {
  const { seen, chosen, choose } = useLocations();
  return (
    <LocationSelect
      aria-label="Location"
      locations={seen}
      value={chosen}
      any="Everywhere"
      onChange={choose}
    />
  );
}
