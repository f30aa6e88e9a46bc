import { createServer, type RequestListener, type Server } from "node:http";
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2Server,
  type ServerHttp2Session,
} from "node:http2";
import type { Socket } from "node:net";
import type { SecureContextOptions, TLSSocket, Server as TlsServer } from "node:tls";
import { type FrontLimits, http1Options, http2Options, sessionWindowBytes, usualLimits } from "./limits.ts";

/** Certificate and key in PEM. */
export interface Tls {
  /** The certificate and those that lead to its root. */
  readonly cert: string | Buffer;
  /** Its private key. */
  readonly key: string | Buffer;
  /** Certificates of those who sign callers' certificates. With them a caller without one is not let in. */
  readonly clientCa?: string | Buffer;
}

/** What is open now. */
export interface OpenConnections {
  /** TCP connections. */
  readonly connections: number;
  /** HTTP/2 sessions among them. */
  readonly sessions: number;
}

/** A server that speaks HTTP/1.1 and HTTP/2 on one port. */
export interface Listener {
  /** What Fastify listens on. */
  readonly server: Server;
  /** Tells every HTTP/2 session to end when its streams have, and drops connections that said nothing yet. */
  closeSessions(): void;
  /** Drops HTTP/1.1 connections that wait for a next request. */
  closeIdle(): void;
  /** Drops everything. */
  destroy(): void;
  /** How many connections, and HTTP/2 sessions among them, are open now. */
  open(): OpenConnections;
  /** Uses these for connections to come. Those that are there stay as they are. */
  renewTls(tls: Tls): void;
}

/** Makes the listener. Over TLS, ALPN says which HTTP a caller speaks; else its first three bytes do. */
export function createListener(
  onRequest: RequestListener,
  tls?: Tls,
  limits: FrontLimits = usualLimits,
): Listener {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const silent = new Set<Socket>();

  const onSession = (session: ServerHttp2Session): void => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.setLocalWindowSize(sessionWindowBytes);
    session.setTimeout(limits["session-idle-seconds"] * 1000, () => session.close());
  };
  const server =
    tls === undefined
      ? createClearServer(onRequest, onSession, silent, limits)
      : createTlsServer(onRequest, onSession, tls, limits);
  server.maxConnections = limits.connections;
  server.prependListener("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });

  return {
    server,
    closeSessions() {
      for (const session of sessions) {
        session.close();
      }
      for (const socket of silent) {
        socket.destroy();
      }
    },
    renewTls: (renewed) => (server as unknown as TlsServer).setSecureContext(secretsOf(renewed)),
    open: () => ({ connections: sockets.size, sessions: sessions.size }),
    // An Http2SecureServer has it since Node 24.
    closeIdle: () => server.closeIdleConnections?.(),
    destroy() {
      for (const session of sessions) {
        session.destroy();
      }
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}

type OnSession = (session: ServerHttp2Session) => void;

/**
 * The server that listens is Node's HTTP/1.1 one, so that its timers run, and its
 * handler of new connections is called for what turns out to be HTTP/1.1.
 */
function createClearServer(
  onRequest: RequestListener,
  onSession: OnSession,
  silent: Set<Socket>,
  limits: FrontLimits,
): Server {
  const http1 = createServer(http1Options(limits), onRequest);
  const http2 = createHttp2Server(http2Options(limits), onRequest as never).on("session", onSession);
  const [onHttp1Connection] = http1.listeners("connection") as ((socket: Socket) => void)[];
  if (onHttp1Connection === undefined) {
    throw new Error("Node's HTTP server has no handler of connections");
  }
  http1.removeAllListeners("connection");
  http1.on("connection", (socket: Socket) => {
    silent.add(socket);
    sniff(socket, limits["first-bytes-seconds"] * 1000, (isHttp2) => {
      silent.delete(socket);
      if (isHttp2 === undefined) {
        socket.destroy();
      } else if (isHttp2) {
        // HTTP/1.1's server leaves its half open when a caller has closed the other one. Sessions
        // do not look for that, and would stay until they have been idle for long enough.
        socket.allowHalfOpen = false;
        http2.emit("connection", socket);
      } else {
        onHttp1Connection.call(http1, socket);
      }
    });
  });
  return http1;
}

const preface = Buffer.from("PRI");

/**
 * Looks whether a connection begins with HTTP/2's preface (RFC 9113, section 3.4),
 * however it is split, and puts the bytes back. No HTTP/1.1 method begins with PRI.
 */
function sniff(socket: Socket, silenceMs: number, decide: (isHttp2: boolean | undefined) => void): void {
  let seen = Buffer.alloc(0);
  const finish = (isHttp2: boolean | undefined): void => {
    socket.off("readable", onReadable).off("end", onEnd).off("close", onEnd).off("error", ignore);
    socket.off("timeout", onEnd).setTimeout(0);
    if (isHttp2 !== undefined) {
      socket.unshift(seen);
    }
    decide(isHttp2);
  };
  const onEnd = (): void => finish(undefined);
  const onReadable = (): void => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) {
      return;
    }
    seen = Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, preface.length);
    if (!seen.subarray(0, length).equals(preface.subarray(0, length))) {
      finish(false);
    } else if (length === preface.length) {
      finish(true);
    }
  };
  socket.on("readable", onReadable).on("end", onEnd).on("close", onEnd).on("error", ignore);
  // An absolute limit would need a timer of its own; a byte every ten seconds gains three of them.
  socket.setTimeout(silenceMs).on("timeout", onEnd);
}

function ignore(): void {}

function createTlsServer(
  onRequest: RequestListener,
  onSession: OnSession,
  tls: Tls,
  limits: FrontLimits,
): Server {
  const http1 = http1Options(limits);
  const server = createSecureServer(
    {
      ...http2Options(limits),
      ...http1,
      ...secretsOf(tls),
      requestCert: tls.clientCa !== undefined,
      rejectUnauthorized: tls.clientCa !== undefined,
      allowHTTP1: true,
      handshakeTimeout: limits["first-bytes-seconds"] * 1000,
    },
    onRequest as never,
  );
  server.on("session", onSession);
  server.on("secureConnection", readByStream);
  // It is Node's HTTP/1.1 server as well (allowHTTP1), with the same timers; its types do not say so.
  return Object.assign(server as Http2Server as unknown as Server, {
    requestTimeout: http1.requestTimeout ?? 0,
    headersTimeout: http1.headersTimeout,
    keepAliveTimeout: http1.keepAliveTimeout ?? 0,
  });
}

/**
 * Has HTTP/1.1 read from the socket's stream instead of what is below it. Node stops
 * reading a connection whose last answer waits for its caller; over TLS what was
 * decrypted by then comes all the same, and the parser, being paused, takes it for an
 * error (HPE_PAUSED). A stream keeps it until the answer has left.
 */
function readByStream(socket: TLSSocket): void {
  if (socket.alpnProtocol !== "h2") {
    // A listener is what makes Node do so (lib/_http_server.js, generateSocketListenerWrapper).
    socket.on("data", ignore);
  }
}

function secretsOf({ cert, key, clientCa }: Tls): SecureContextOptions {
  return { cert, key, ...(clientCa !== undefined && { ca: clientCa }) };
}
