/** What a person calls with. */
export interface Credential {
  /** The token of this Oaktree, or a Keystone token. */
  readonly token: string;
  /** Cloud that a Keystone token belongs to. Empty where there is only one, and in personal use. */
  readonly cloud: string;
}

const key = "oaktree.credential";

/**
 * The credential of this tab. One in the address (`#token=…`, `&cloud=…`) is
 * taken over and removed from the address, so that it stays neither on the screen
 * nor in the history. It is kept as long as the tab.
 */
export function loadCredential(): Credential | undefined {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token")?.trim();
  if (token !== undefined) {
    history.replaceState(null, "", location.pathname + location.search);
    keepCredential({ token, cloud: fragment.get("cloud") ?? "" });
  }
  return read();
}

/** Keeps the credential as long as the tab lives. */
export function keepCredential(credential: Credential): void {
  sessionStorage.setItem(key, JSON.stringify(credential));
}

/** Forgets the credential. */
export function forgetCredential(): void {
  sessionStorage.removeItem(key);
}

function read(): Credential | undefined {
  const kept = sessionStorage.getItem(key);
  const credential = kept === null ? undefined : (JSON.parse(kept) as Credential);
  return credential?.token ? credential : undefined;
}
