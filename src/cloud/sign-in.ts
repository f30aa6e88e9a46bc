import type { Cloud } from "./cloud.ts";
import type { Session } from "./session.ts";

/** A Keystone token that is on its way into a sealed access token. */
export interface SignIn {
  /** Name of the cloud that it belongs to. */
  readonly cloud: string;
  /** Id of its project; empty for other scopes. */
  readonly project: string;
  /** The token. It is sealed, and is kept and shown nowhere. */
  readonly token: string;
  /** When it ends, by this machine's clock. */
  readonly until: number;
}

/** What of a session goes into an access token. */
export function signInOf({ entry }: Cloud, { identity, token, until }: Session): SignIn {
  return { cloud: entry.name, project: identity.project?.id ?? "", token, until };
}
