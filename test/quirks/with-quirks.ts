import t from "tap";
import { onSandbox } from "../support/worlds.ts";

/** Runs a test on a sandbox that has quirks. A call that hangs fails it. */
export function withQuirks(title: string, quirks: string[], body: Parameters<typeof onSandbox>[2]): void {
  t.test(`${title} (${quirks.join(", ")})`, { timeout: 240_000 }, (t) => onSandbox(t, { quirks }, body));
}
