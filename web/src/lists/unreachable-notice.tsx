import { type LocationName, locationText } from "../locations/location.ts";

interface UnreachableNoticeProps {
  readonly locations: readonly LocationName[];
  readonly onRetry: () => void;
}

/** Says which locations a list is missing. */
export function UnreachableNotice({ locations, onRetry }: UnreachableNoticeProps) {
  return (
    <div className="notice warn" role="status">
      <p>
        <strong>Not reached:</strong> {locations.map(locationText).join(", ")}. Choose it above to see why.
      </p>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
