import { timestampDate } from "@bufbuild/protobuf/wkt";
import t from "tap";
import { expiryOf } from "../../src/commands/expiry.ts";

const now = Date.parse("2026-11-27T12:00:00.250Z");

t.test("when credentials end", async (t) => {
  const ends = (text: string) => {
    const time = expiryOf(text, now);
    return time && timestampDate(time).toISOString();
  };
  t.equal(ends("90d"), "2027-02-25T12:00:00.000Z");
  t.equal(ends("2027-02-01"), "2027-02-01T00:00:00.000Z");
  t.equal(ends("2027-02-01T10:30:00Z"), "2027-02-01T10:30:00.000Z");
  t.equal(ends("never"), undefined);
  for (const wrong of ["", "90", "0d", "2026-11-26", "2027-13-01", "soon"]) {
    t.throws(() => expiryOf(wrong, now), /--expires must be/, wrong);
  }
});
