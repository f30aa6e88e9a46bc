import type { JsonValue } from "./json.ts";

/** A name that is unique within a domain only, or an id. */
export type DomainNamed =
  | { readonly id: string }
  | { readonly name: string; readonly domain: { readonly id: string } | { readonly name: string } };

/** How a cloud's own user proves who it is. Holds secrets: never logged, never part of an error. */
export type Credential =
  | { readonly kind: "password"; readonly user: DomainNamed; readonly password: string }
  | { readonly kind: "token"; readonly token: string }
  | {
      readonly kind: "application_credential";
      readonly credential: { readonly id: string } | { readonly name: string; readonly user: DomainNamed };
      readonly secret: string;
    };

/** What a token is to be good for. */
export type AuthScope =
  | { readonly kind: "unscoped" }
  | { readonly kind: "project"; readonly project: DomainNamed }
  | { readonly kind: "domain"; readonly domain: { readonly id: string } | { readonly name: string } }
  | { readonly kind: "system" };

/** TLS options of a cloud. The files are read when the first connection is made. */
export interface TlsOptions {
  /** Whether the server's certificate is checked. */
  readonly verify: boolean;
  /** File with the certificates to trust instead of the system's. */
  readonly cacert?: string;
  /** File with the client's certificate. */
  readonly cert?: string;
  /** File with the client's key, where it is not in `cert`. */
  readonly key?: string;
}

/** What clouds.yaml says about one service. */
export interface ServiceEntry {
  /** Endpoint to use instead of the catalogue's. */
  readonly endpointOverride?: string;
  /** Interfaces in the order of preference, where they differ from the region's. */
  readonly interfaces?: readonly string[];
  /** `has_<service>: false`: the service is to be taken as absent. */
  readonly hidden?: boolean;
}

/** One region as the configuration has it. */
export interface RegionEntry {
  /** Name of the region. Empty in {@link CloudEntry.common}. */
  readonly name: string;
  /** Interfaces in the order of preference. */
  readonly interfaces: readonly string[];
  /** What is said of single services, by their official types. */
  readonly services: Readonly<Record<string, ServiceEntry>>;
  /** Every other key, for the domains. */
  readonly settings: Readonly<Record<string, JsonValue>>;
}

/** One cloud of the configuration, checked. */
export interface CloudEntry {
  /** Name of the cloud. */
  readonly name: string;
  /** Where Keystone is, as written. */
  readonly authUrl: string;
  /** The cloud's own credential. Absent: every call brings its own. */
  readonly credential?: Credential;
  /** What the own credential's tokens are scoped to. */
  readonly scope: AuthScope;
  /** TLS options. */
  readonly tls: TlsOptions;
  /** The regions. Empty: the catalogue tells. */
  readonly regions: readonly RegionEntry[];
  /** What holds in a region that the configuration does not list. */
  readonly common: RegionEntry;
}
