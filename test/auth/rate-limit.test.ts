import t from "tap";
import { addressKey } from "../../src/auth/address-key.ts";
import { RateLimit } from "../../src/auth/rate-limit.ts";

/** How often the key may still come. */
function left(limit: RateLimit, key: string): number {
  for (let count = 0; ; count++) {
    try {
      limit.take(key);
    } catch {
      return count;
    }
  }
}

t.test("so many in a row, then so many a second", async (t) => {
  let now = 1_000_000;
  const limit = new RateLimit({ burst: 3, perSecond: 0.5 }, () => now);
  t.equal(left(limit, "a"), 3);
  t.equal(left(limit, "b"), 3, "another key has its own");
  t.throws(() => limit.take("a"), { reason: "RATE_LIMITED", retryAfterMs: 2000 } as unknown as Error);
  now += 1999;
  t.throws(() => limit.take("a"), { reason: "RATE_LIMITED" } as unknown as Error);
  now += 1;
  t.equal(left(limit, "a"), 1);
  now += 3_600_000;
  t.equal(left(limit, "a"), 3, "no more than at first");
  now -= 5000;
  t.equal(left(limit, "a"), 0, "a clock that goes back gives nothing");
});

t.test("keys are forgotten, so that memory is bounded", async (t) => {
  const limit = new RateLimit({ burst: 1, perSecond: 0.001 }, () => 0);
  limit.take("first");
  for (let i = 0; i < 9_999; i++) {
    limit.take(`other ${i}`);
  }
  t.equal(left(limit, "first"), 0, "ten thousand are remembered");
  for (let i = 0; i < 10_000; i++) {
    limit.take(`more ${i}`);
  }
  t.equal(left(limit, "first"), 1, "and no more than that");
});

t.test("what counts as one address", async (t) => {
  t.equal(addressKey("192.0.2.7"), "192.0.2.7");
  t.equal(addressKey("::ffff:192.0.2.7"), "192.0.2.7");
  t.equal(addressKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  t.equal(addressKey("2001:0DB8:0001:0002::9"), "2001:db8:1:2::/64");
  t.equal(addressKey("2001:db8:1::2:3:4:5"), "2001:db8:1:0::/64");
  t.equal(addressKey("2001:db8::1"), "2001:db8:0:0::/64");
  t.equal(addressKey("::1"), "0:0:0:0::/64");
  t.equal(addressKey("fe80::1%eth0"), "fe80:0:0:0::/64");
});
