import { type LocationName, locationKey, locationText } from "./location.ts";

interface LocationSelectProps {
  /** What ties it to a label that is there already. */
  readonly id?: string;
  /** Its label, where there is no other. */
  readonly "aria-label"?: string;
  readonly locations: readonly LocationName[];
  readonly value: LocationName | undefined;
  /** Words for no location at all. Left out: one must be chosen. */
  readonly any?: string;
  readonly onChange: (location: LocationName | undefined) => void;
}

/** A choice of one location. */
export function LocationSelect({ locations, value, any, onChange, ...labels }: LocationSelectProps) {
  return (
    <select
      {...labels}
      required={any === undefined}
      value={value === undefined ? "" : locationKey(value)}
      onChange={(event) =>
        onChange(locations.find((location) => locationKey(location) === event.currentTarget.value))
      }
    >
      <option value="" disabled={any === undefined}>
        {any ?? "Choose…"}
      </option>
      {locations.map((location) => (
        <option key={locationKey(location)} value={locationKey(location)}>
          {locationText(location)}
        </option>
      ))}
    </select>
  );
}
