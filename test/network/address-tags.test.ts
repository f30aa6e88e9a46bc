import t from "tap";
import { clockSkewMs, prepareFloatingIp, readTags, writeTag } from "../../src/network/address-tags.ts";

const now = Date.parse("2026-11-27T00:00:00Z");

t.test("a tag counts until its end, and as long again as clocks may differ", async (t) => {
  const claim = writeTag("claim", now + 60_000);
  const hold = writeTag("hold", now + 120_000);
  t.not(claim, writeTag("claim", now + 60_000), "no two are alike");
  t.ok(claim.length <= 60 && hold.length <= 60, "Neutron had 60 characters for one");
  const raw = { tags: ["web", claim, hold] };
  t.strictSame(readTags(raw, now), { claim: [claim], hold: [hold], expired: [] });
  t.strictSame(readTags(raw, now + 60_000 + clockSkewMs - 1).claim, [claim]);
  t.strictSame(readTags(raw, now + 60_000 + clockSkewMs), { claim: [], hold: [hold], expired: [claim] });
});

t.test("a tag that somebody made up to last for ever does not count", async (t) => {
  const forged = writeTag("claim", now + 24 * 60 * 60_000);
  t.strictSame(readTags({ tags: [forged] }, now), { claim: [], hold: [], expired: [forged] });
  const other = ["oaktree:claim:soon:x", "oaktree:else:1:x", "oaktree:", 7];
  t.strictSame(readTags({ tags: other }, now), { claim: [], hold: [], expired: [] });
  t.strictSame(readTags({ tags: null }, now), { claim: [], hold: [], expired: [] });
});

t.test("users see their own tags only", async (t) => {
  const raw = { id: "1", tags: ["web", writeTag("hold", now)] };
  t.strictSame(prepareFloatingIp(raw), { id: "1", tags: ["web"] });
  t.equal(raw.tags.length, 2, "what came is as it was");
  const plain = { id: "1", tags: ["web"] };
  t.equal(prepareFloatingIp(plain), plain);
  t.strictSame(prepareFloatingIp({ id: "1" }), { id: "1" });
});
