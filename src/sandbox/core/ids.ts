import { randomBytes } from "node:crypto";

/** An id without dashes, as Keystone's are. */
export function hexId(): string {
  return randomBytes(16).toString("hex");
}
