import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";

const steps: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

interface AgoProps {
  readonly time: Timestamp | undefined;
}

/** How long ago something was; the exact time is in the tooltip. */
export function Ago({ time }: AgoProps) {
  if (time === undefined) {
    return null;
  }
  const date = timestampDate(time);
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString()}>
      {ago((date.getTime() - Date.now()) / 1000)}
    </time>
  );
}

function ago(seconds: number): string {
  const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? [];
  return unit === undefined || size === undefined
    ? "just now"
    : words.format(Math.round(seconds / size), unit);
}
