import { toJson } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";

const daySeconds = 86_400;

/** The first and last seconds whose years have four digits and are not 0000. */
const firstSecond = -62_135_596_800;
const lastSecond = 253_402_300_799;

const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));

let lastDay = Number.NaN;
let lastDate = "";

/**
 * A time as protobuf's JSON has it. Each server has three, and most are without a
 * fraction and of the same few days, so the date is made once while the day stays.
 */
export function timeText(time: Timestamp): string {
  const seconds = Number(time.seconds);
  if (time.nanos !== 0 || seconds < firstSecond || seconds > lastSecond) {
    return toJson(TimestampSchema, time);
  }
  const day = Math.floor(seconds / daySeconds);
  if (day !== lastDay) {
    lastDate = new Date(day * daySeconds * 1000).toISOString().slice(0, 11);
    lastDay = day;
  }
  const rest = seconds - day * daySeconds;
  const minutes = Math.floor(rest / 60);
  const hour = Math.floor(minutes / 60);
  return `${lastDate}${twoDigits[hour]}:${twoDigits[minutes % 60]}:${twoDigits[rest % 60]}Z`;
}
