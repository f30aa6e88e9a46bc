/** Where to listen. */
export interface Address {
  /** Name or address, without brackets. */
  readonly host: string;
  /** Port; 0 lets the system choose. */
  readonly port: number;
}

/** Reads `HOST:PORT`, `[ADDRESS]:PORT`. @throws Error for anything else. */
export function parseAddress(text: string): Address {
  const [, v6, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  if (host === undefined || !(port <= 65535)) {
    throw new Error(
      `${JSON.stringify(text)} is no address to listen on: it must be HOST:PORT, as 127.0.0.1:50051`,
    );
  }
  return { host, port };
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Whether the host stands for every address of the machine. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** The URL of a server at this address. */
export function urlOf(address: Address, tls: boolean): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${tls ? "https" : "http"}://${host}:${address.port}`;
}
