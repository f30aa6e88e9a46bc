import { type Logger, pino } from "pino";
import { resourceMetadataPath } from "../auth/metadata.ts";
import { SealedTokens } from "../auth/sealed-tokens.ts";
import { OAuthEndpoints, type SignIns } from "../auth/token-endpoint.ts";
import type { Handlers } from "../rest/handler.ts";
import type { CallObserver } from "../rpc/call-observer.ts";
import { type CallerSource, createAuthenticate } from "../rpc/caller.ts";
import { HealthState } from "../rpc/health.ts";
import { createRpcs } from "../rpc/router.ts";
import { apiServices } from "../rpc/schema.ts";
import type { Address } from "./address.ts";
import { openFrontDoor, type RunningServer } from "./front-door.ts";
import { createGuard } from "./guard.ts";
import type { FrontLimits } from "./limits.ts";
import type { Tls } from "./listener.ts";
import { serveOAuth } from "./oauth-routes.ts";
import { serveOpenApi } from "./openapi.ts";
import { servePages } from "./pages.ts";

/** What access tokens of its own a server makes. */
export interface OAuthOptions {
  /** Where callers sign in. */
  readonly signIns: SignIns;
  /** Keys of 32 bytes that seal the tokens: the first one seals, all of them open. */
  readonly keys: readonly Uint8Array[];
}

/** What a server is made of. */
export interface StartOptions {
  /** Where to listen. */
  readonly listen: Address;
  /** A handler for every RPC. */
  readonly handlers: Handlers;
  /** Where callers come from. */
  readonly clouds: CallerSource;
  /** The token that guards personal use; needed where the clouds hold credentials. */
  readonly token?: string;
  /** The access tokens that it makes. Left out: none, and there are no OAuth endpoints. */
  readonly oauth?: OAuthOptions;
  /** The URL by which callers know it, without a slash at its end. Left out: the address it listens on. */
  readonly publicUrl?: string;
  /**
   * Proxies that are believed what `X-Forwarded-For` says: addresses and networks. Left
   * out: none, and a client's address is that of its connection.
   */
  readonly trustProxy?: readonly string[];
  /** Certificate and key. Without them the port is clear text. */
  readonly tls?: Tls;
  /** Gets one line a call. Left out: nothing is logged. */
  readonly logger?: Logger;
  /** Is told of every call. */
  readonly observer?: CallObserver | undefined;
  /** Origins of web pages elsewhere that may call; none if left out. */
  readonly allowedOrigins?: readonly string[];
  /** What callers may take; the usual if left out. */
  readonly limits?: FrontLimits;
  /** Folder of the built dashboard. */
  readonly web?: string;
  /** How long calls may go on after `close`, in milliseconds; nine seconds if left out. */
  readonly graceMs?: number;
  /** How long a caller may take nothing of a download, in milliseconds; five minutes if left out. */
  readonly stalledMs?: number;
}

/** Starts a server. @throws Error when it cannot listen or an RPC has no handler. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { listen, tls, handlers, clouds, oauth, web, allowedOrigins = [] } = options;
  const log = options.logger ?? pino({ enabled: false });
  const health = new HealthState(apiServices.map((service) => service.typeName));
  let url = "";
  const issuer = (): string => options.publicUrl ?? url;
  const tokens = oauth && new SealedTokens(oauth.keys, issuer);
  const authenticate = createAuthenticate(clouds, options.token, tokens);
  const server = await openFrontDoor({
    listen,
    tls,
    rpcs: (ends) => createRpcs({ ...ends, handlers, authenticate, health }),
    health,
    guard: clouds.hasCredentials ? createGuard(listen.host, tls !== undefined, allowedOrigins) : undefined,
    routes: (app) => {
      serveOpenApi(app);
      if (oauth !== undefined && tokens !== undefined) {
        serveOAuth(app, new OAuthEndpoints(oauth.signIns, tokens, issuer), oauth.signIns.names, issuer, log);
      }
      if (web !== undefined) {
        servePages(app, web);
      }
    },
    allowedOrigins,
    trustProxy: options.trustProxy,
    limits: options.limits,
    log,
    observer: options.observer,
    metadataUrl: oauth && (() => `${issuer()}${resourceMetadataPath}`),
    stalledMs: options.stalledMs,
    graceMs: options.graceMs,
  });
  url = server.url;
  return server;
}
