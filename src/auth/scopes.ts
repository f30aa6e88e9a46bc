import { Fault } from "../cloud/fault.ts";

/**
 * What a token may be used for. `oaktree:read` allows the methods without side
 * effects, `oaktree:write` the others. Scopes narrow what the user may do in the
 * cloud; they never widen it.
 */
export const scopes = ["oaktree:read", "oaktree:write"] as const;

/** One of {@link scopes}. */
export type Scope = (typeof scopes)[number];

/**
 * Reads a `scope` parameter (RFC 6749, section 3.3). Absent or empty: all scopes.
 *
 * @returns undefined when one of them is unknown.
 */
export function parseScopes(text: string | undefined): readonly Scope[] | undefined {
  const wanted = new Set((text ?? "").split(" ").filter(Boolean));
  if (wanted.size === 0) {
    return scopes;
  }
  const known = scopes.filter((scope) => wanted.has(scope));
  return known.length === wanted.size ? known : undefined;
}

/** @throws Fault `INSUFFICIENT_SCOPE` when the token is not for such a method. */
export function requireScope(granted: readonly string[], hasSideEffects: boolean): void {
  const needed: Scope = hasSideEffects ? "oaktree:write" : "oaktree:read";
  if (!granted.includes(needed)) {
    throw new Fault(
      "INSUFFICIENT_SCOPE",
      `the token was asked for with the scope ${JSON.stringify(granted.join(" "))}; the method needs ${needed}`,
      { metadata: { scope: needed } },
    );
  }
}
