import { type ReactNode, useState } from "react";
import { Field } from "../ui/field.tsx";
import type { LocationName } from "./location.ts";
import { LocationSelect } from "./location-select.tsx";
import { useLocations } from "./seen-locations.tsx";

/**
 * Where a form makes something: the location that the page is narrowed to, or the
 * only one there is. Else `field` asks for it.
 */
export function useFormLocation(): {
  readonly location: LocationName | undefined;
  readonly field: ReactNode;
} {
  const { seen, chosen } = useLocations();
  const [picked, setPicked] = useState(chosen);
  const location = picked ?? (seen.length === 1 ? seen[0] : undefined);
  const field = seen.length > 1 && (
    <Field label="Location">
      {({ id }) => <LocationSelect id={id} locations={seen} value={location} onChange={setPicked} />}
    </Field>
  );
  return { location, field };
}
