import { asciiJson } from "./listing.ts";

/** What middleware that does many things at once tells: as text or JSON. */
export function report(
  type: string,
  facts: Readonly<Record<string, string | number>>,
  errors: readonly (readonly [string, string])[],
): string {
  if (type === "application/json") {
    return asciiJson({ ...facts, Errors: errors });
  }
  const lines = Object.keys(facts)
    .sort()
    .map((key) => `${key}: ${facts[key]}\n`);
  return `${lines.join("")}Errors:\n${errors.map((each) => `${each.join(", ")}\n`).join("")}`;
}
