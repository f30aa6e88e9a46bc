import * as crypto from "node:crypto";
import t from "tap";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import type { CallerSource } from "../../src/rpc/caller.ts";

const token = "the-token-that-guards-this-Oaktree";
const personal = { label: "personal" };

t.test("the personal token is compared in constant time, and by nothing else", async (t) => {
  const compared: [number, number][] = [];
  let verdict: boolean | undefined;
  // The verdict of the comparison can be given, so that one beside it would be seen.
  const timingSafeEqual = (a: Uint8Array, b: Uint8Array) => {
    compared.push([a.byteLength, b.byteLength]);
    return verdict ?? crypto.timingSafeEqual(a, b);
  };
  const { createAuthenticate } = await t.mockImport<typeof import("../../src/rpc/caller.ts")>(
    "../../src/rpc/caller.ts",
    { "node:crypto": { ...crypto, timingSafeEqual } },
  );
  const clouds = { hasCredentials: true, personal: () => personal } as unknown as CallerSource;
  const authenticate = createAuthenticate(clouds, token);
  const ask = async (given: string) =>
    authenticate(new Headers({ authorization: `Bearer ${given}` }), ComputeService.method.listFlavors);

  const refusal = (given: string) => ask(given).catch((error: unknown) => error);

  const wrong = ["t", token.slice(0, -1), `${token.slice(0, -1)}x`, `x${token.slice(1)}`, "x".repeat(5000)];
  for (const given of wrong) {
    t.match(await refusal(given), { reason: "CREDENTIAL_INVALID" }, given.slice(0, 40));
  }
  t.equal(await ask(token), personal);
  t.strictSame(
    compared,
    [...wrong, token].map(() => [32, 32]),
    "each once, by digests, which show neither length nor content",
  );
  verdict = true;
  for (const given of wrong) {
    t.equal(await ask(given), personal, "no comparison before or after it");
  }
  verdict = false;
  t.match(await refusal(token), { reason: "CREDENTIAL_INVALID" });
});
