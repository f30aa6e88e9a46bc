import t from "tap";
import { requireScope } from "../../src/auth/scopes.ts";
import { type Grant, SealedTokens } from "../../src/auth/sealed-tokens.ts";
import { produces } from "../support/produces.ts";

t.test("a token of one scope is for its methods only", async (t) => {
  requireScope(["oaktree:read"], false);
  const refused = async () => requireScope(["oaktree:read"], true);
  produces(t, "INSUFFICIENT_SCOPE", await refused().catch((error) => error));
});

const issuer = () => "https://oaktree.example";
const [first, second] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const hour = 3_600_000;
const start = Date.parse("2027-01-01T00:00:00Z");
const grant = (until: number): Grant => ({
  cloud: "demo",
  project: "p",
  scopes: ["oaktree:read"],
  token: "gAAAAAkeystone",
  until,
});

t.test("what is sealed is opened, and not seen", async (t) => {
  const tokens = new SealedTokens([first], issuer, () => start);
  const { token, expiresIn } = await tokens.seal(grant(start + 2 * hour));
  t.equal(expiresIn, 3600, "an hour at most");
  t.strictSame(await tokens.open(token), grant(start + hour));
  t.notMatch(Buffer.from(token.split(".")[3] ?? "", "base64url").toString("latin1"), "keystone");
  t.ok(SealedTokens.isSealed(token));
  t.notOk(SealedTokens.isSealed("gAAAAAkeystone"));
  t.notOk(SealedTokens.isSealed("header.payload.signature"));
});

t.test("it ends with the Keystone token inside", async (t) => {
  let now = start;
  const tokens = new SealedTokens([first], issuer, () => now);
  const { token, expiresIn } = await tokens.seal(grant(start + 60_000));
  t.equal(expiresIn, 60);
  now += 60_000;
  await t.rejects(tokens.open(token), { message: /expired/ });
  await t.rejects(tokens.seal(grant(start + 60_000)), { message: /expired/ });
});

t.test("while keys change, both open and the first one seals", async (t) => {
  const before = new SealedTokens([first], issuer, () => start);
  const between = new SealedTokens([second, first], issuer, () => start);
  const after = new SealedTokens([second], issuer, () => start);
  const old = (await before.seal(grant(start + hour))).token;
  const fresh = (await between.seal(grant(start + hour))).token;
  t.match(await between.open(old), { cloud: "demo" });
  t.match(await after.open(fresh), { cloud: "demo" });
  await t.rejects(after.open(old), { message: /not one that this Oaktree made/ });
});

t.test("another issuer's are refused", async (t) => {
  const tokens = new SealedTokens([first], issuer, () => start);
  const other = new SealedTokens(
    [first],
    () => "https://other.example",
    () => start,
  );
  const { token } = await other.seal(grant(start + hour));
  await t.rejects(tokens.open(token), { message: /not one that this Oaktree made/ });
});
