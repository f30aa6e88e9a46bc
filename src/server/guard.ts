import type { IncomingMessage } from "node:http";
import { Fault } from "../cloud/fault.ts";
import { isLoopback, isWildcard } from "./address.ts";

/** Refuses requests that a web page of somebody else made. @throws Fault `ORIGIN_REFUSED` */
export type Guard = (request: IncomingMessage) => void;

/**
 * Makes the guard of personal use, where the server stands beside a browser. The
 * Host check keeps out pages whose name was rebound to this machine's address, the
 * Origin check all other foreign pages. Ports are not compared, for tunnels change
 * them.
 *
 * Over TLS a rebound name fails on the certificate, so there a server that listens
 * on all addresses, whose names nobody knows, takes any Host.
 *
 * @param allowed foreign origins that are let in.
 */
export function createGuard(listenHost: string, tls: boolean, allowed: readonly string[] = []): Guard {
  const origins = new Set(allowed);
  const anyHost = tls && isWildcard(listenHost);
  const isOwn = (host: string): boolean => anyHost || host === listenHost || isLoopback(host);

  return ({ headers }) => {
    const authority = headers[":authority"];
    // HTTP/2 may bring both, and what they say is not compared by anybody else.
    const given = [headers.host, authority].filter((value) => typeof value === "string");
    for (const value of given) {
      const host = hostOf(value);
      if (host === undefined || !isOwn(host)) {
        throw new Fault(
          "ORIGIN_REFUSED",
          `this Oaktree does not answer for the host ${JSON.stringify(value)}`,
        );
      }
    }
    const origin = headers.origin;
    if (origin === undefined || origins.has(origin)) {
      return;
    }
    if (!given.some((host) => origin === `${tls ? "https" : "http"}://${host}`)) {
      throw new Fault("ORIGIN_REFUSED", `this Oaktree does not answer pages of ${JSON.stringify(origin)}`);
    }
  };
}

/** Whether the request says for which host it is, in a form that an URL can hold. */
export function hasHost({ headers }: IncomingMessage): boolean {
  const given = headers[":authority"] ?? headers.host;
  return typeof given === "string" && hostOf(given) !== undefined;
}

let lastAuthority = "";
let lastHost: string | undefined;

/** The one that came last is mostly the next one too, and every request asks twice. */
function hostOf(authority: string): string | undefined {
  if (authority !== lastAuthority) {
    lastHost = parsedHost(authority);
    lastAuthority = authority;
  }
  return lastHost;
}

function parsedHost(authority: string): string | undefined {
  if (!/^[\w.:[\]-]+$/.test(authority) || !URL.canParse(`http://${authority}`)) {
    return undefined;
  }
  return new URL(`http://${authority}`).hostname.replace(/^\[(.*)\]$/, "$1");
}
