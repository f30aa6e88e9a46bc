// Times are what JavaScript's own parser takes them for, and what is no time is none.
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import t from "tap";
import { parseTimestamp } from "../../src/rest/scalar.ts";

const first = new Date("0001-01-01T00:00:00Z");
const last = new Date("9999-12-31T23:59:59.999Z");
const millis = ({ seconds, nanos }: Timestamp) => Number(seconds) * 1000 + nanos / 1e6;

t.test("every instant reads back, in each form that services write", async () => {
  fc.assert(
    fc.property(fc.date({ min: first, max: last, noInvalidDate: true }), (date) => {
      const iso = date.toISOString();
      const whole = iso.replace(/\.\d+Z$/, "");
      const seconds = Math.floor(date.getTime() / 1000) * 1000;
      const reads = (text: string, expected: number) => {
        const read = parseTimestamp(text);
        return read !== undefined && millis(read) === expected;
      };
      return (
        reads(iso, date.getTime()) &&
        reads(`${whole}Z`, seconds) &&
        reads(whole, seconds) &&
        reads(`${whole.replace("T", " ")}.000000`, seconds) &&
        reads(`${whole}+02:30`, seconds - 9_000_000) &&
        reads(`${whole}-0100`, seconds + 3_600_000)
      );
    }),
  );
});

t.test("digits anywhere make a time only if they are one", async () => {
  const part = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));
  const texts = fc
    .tuple(part(4), part(2), part(2), part(2), part(2), part(2))
    .map(
      ([year, month, day, hour, minute, second]) => `${year}-${month}-${day}T${hour}:${minute}:${second}Z`,
    );
  fc.assert(
    fc.property(texts, (text) => {
      const date = new Date(text);
      // JavaScript takes 24:00:00 and 31 April, and has a year 0.
      const isTime =
        !Number.isNaN(date.getTime()) &&
        date.toISOString().startsWith(text.slice(0, 19)) &&
        !text.startsWith("0000");
      const read = parseTimestamp(text);
      return isTime ? read !== undefined && millis(read) === date.getTime() : read === undefined;
    }),
    { numRuns: 2000 },
  );
});
