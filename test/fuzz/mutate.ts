import fc, { type Arbitrary } from "fast-check";

/** A change to bytes: what a broken client, a bad line or an attacker makes of a good request. */
type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "repeat"; readonly at: number; readonly length: number };

// Places are fractions, so that they fit bytes of any length.
const place = fc.double({ min: 0, max: 1, noNaN: true });

/** Some mutations; mostly few, often none. */
export const mutations: Arbitrary<readonly Mutation[]> = fc.oneof(
  fc.constant([]),
  fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.nat(7) }),
      fc.record({ kind: fc.constant("cut" as const), at: place }),
      fc.record({ kind: fc.constant("insert" as const), at: place, bytes: fc.uint8Array({ maxLength: 20 }) }),
      fc.record({ kind: fc.constant("repeat" as const), at: place, length: fc.nat(200) }),
    ),
    { minLength: 1, maxLength: 4 },
  ),
);

/** Applies mutations in their order. */
export function mutate(bytes: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  return changes.reduce(changed, bytes);
}

function changed(bytes: Uint8Array, change: Mutation): Uint8Array {
  const at = Math.floor(change.at * bytes.length);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  switch (change.kind) {
    case "flip":
      return Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ (1 << change.bit) : byte));
    case "cut":
      return before;
    case "insert":
      return Buffer.concat([before, change.bytes, after]);
    case "repeat":
      return Buffer.concat([bytes.subarray(0, at + change.length), after]);
  }
}
