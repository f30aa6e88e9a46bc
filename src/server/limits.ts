import type { ServerOptions } from "node:http";
import type { ServerOptions as Http2Options } from "node:http2";

// A server made by a serverFactory gets none of Fastify's own limits, so all are
// set here.

const second = 1000;
const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

interface Tunable {
  /** What holds unless it is changed. */
  readonly usual: number;
  readonly least: number;
  readonly most: number;
  /** What it is, for `--help` and docs/deploying.md. */
  readonly what: string;
}

/** What a deployer may change by `--limit NAME=NUMBER`. */
export const tunable = {
  connections: {
    usual: 2000,
    least: 1,
    most: 1_000_000,
    what: "connections at once; more are closed as they come",
  },
  streams: { usual: 100, least: 1, most: 10_000, what: "calls at once on one HTTP/2 connection" },
  "session-mib": {
    usual: 64,
    least: 1,
    most: 1024,
    what: "MiB that one HTTP/2 connection may hold beside its window of 16; above it, new calls are refused",
  },
  "header-kib": { usual: 32, least: 8, most: 1024, what: "KiB of a request's headers" },
  "header-fields": { usual: 128, least: 16, most: 2000, what: "headers of a request" },
  "resets-burst": {
    usual: 1000,
    least: 10,
    most: 1_000_000,
    what: "calls that an HTTP/2 caller may cancel at once",
  },
  "resets-per-second": { usual: 33, least: 1, most: 100_000, what: "and in the long run, each second" },
  "first-bytes-seconds": {
    usual: 10,
    least: 1,
    most: 600,
    what: "until a new connection has said which HTTP it speaks, or the TLS handshake is done",
  },
  "headers-seconds": {
    usual: 20,
    least: 1,
    most: 600,
    what: "until the headers of an HTTP/1.1 request are there",
  },
  "request-seconds": {
    usual: 60,
    least: 1,
    most: 3600,
    what: "until the message of a call that takes one message is there",
  },
  "idle-seconds": {
    usual: 65,
    least: 1,
    most: 3600,
    what: "an HTTP/1.1 connection waits for its next request",
  },
  "session-idle-seconds": {
    usual: 600,
    least: 1,
    most: 86_400,
    what: "an HTTP/2 connection may be silent, before it gets a GOAWAY",
  },
} as const satisfies Readonly<Record<string, Tunable>>;

/** Name of a limit that can be changed. */
export type LimitName = keyof typeof tunable;

/** A number for each. */
export type FrontLimits = Readonly<Record<LimitName, number>>;

/** The limits unless they are changed. */
export const usualLimits = Object.fromEntries(
  Object.entries(tunable).map(([name, { usual }]) => [name, usual]),
) as FrontLimits;

/** Changes limits: each is `NAME=NUMBER`. @throws Error that says what is wrong */
export function limitsOf(given: readonly string[]): FrontLimits {
  const limits: Record<LimitName, number> = { ...usualLimits };
  for (const text of given) {
    const [, name = "", digits] = /^([a-z-]+)=(\d{1,9})$/.exec(text) ?? [];
    if (!Object.hasOwn(tunable, name)) {
      throw new Error(`--limit must be NAME=NUMBER, with a name of ${Object.keys(tunable).join(", ")}`);
    }
    const { least, most }: Tunable = tunable[name as LimitName];
    const value = Number(digits);
    if (value < least || value > most) {
      throw new Error(`--limit ${name} must be from ${least} to ${most}`);
    }
    limits[name as LimitName] = value;
  }
  return limits;
}

/**
 * Bytes of one stream that may be on their way unread, where the caller is near: what an
 * uploader can pin while the cloud takes its bytes slowly. Less costs speed on one machine.
 */
export const leastWindowBytes = mebibyte;

/**
 * The same, where the caller is far away. Node's 64 KiB holds an upload over 50 ms of
 * round trip to 0.7 MiB/s; this and the session's window together allow over 100 MiB/s:
 * callers hear of new room when half of it is used, so a round trip carries half a
 * window at least. With what is on its way to the cloud and to the digests an upload
 * stays below 16 MiB.
 */
export const mostWindowBytes = 12 * mebibyte;

/** Bytes of all streams of one session that may be on their way unread. */
export const sessionWindowBytes = 16 * mebibyte;

/**
 * How much of a request is read, and thrown away, after it was answered: what a
 * caller that stops sending when it sees the answer may have on its way by then.
 */
export const maxRestBytes = 2 * sessionWindowBytes;

/** How long a caller may send the rest of a message after its answer before it is told to stop, in milliseconds. */
export const patientMs = second;

/** How long a caller may take none of the bytes that wait for it. */
export const stalledMs = 5 * 60 * second;

/** How long calls may go on after the server was asked to stop: with what comes after it, ten seconds. */
export const graceMs = 9 * second;

/** How long the rest of a request is read after its answer; it may come byte by byte. */
export const restMs = 30 * second;

/** Limits of HTTP/1.1. */
export function http1Options(limits: FrontLimits): ServerOptions & { headersTimeout: number } {
  return {
    // An upload lasts as long as it lasts; what is a single message has its own time.
    requestTimeout: 0,
    headersTimeout: limits["headers-seconds"] * second,
    connectionsCheckingInterval: Math.min(5, limits["headers-seconds"] / 4) * second,
    // Longer than the 60 s after which common load balancers drop idle connections, so that they
    // never send into one that is just being closed.
    keepAliveTimeout: limits["idle-seconds"] * second,
    // Tokens with large catalogues (PKI, JWS) reach 8 KiB.
    maxHeaderSize: limits["header-kib"] * kibibyte,
    // A caller that vanished without a word while its stream is silent is found by TCP.
    keepAlive: true,
    keepAliveInitialDelay: 30 * second,
    noDelay: true,
  };
}

/** Limits of HTTP/2. */
export function http2Options(limits: FrontLimits): Http2Options {
  return {
    settings: {
      maxConcurrentStreams: limits.streams,
      // Until it is known how far away the caller is.
      initialWindowSize: leastWindowBytes,
      // Fewer, larger frames: uploads gain a sixth.
      maxFrameSize: mebibyte,
      maxHeaderListSize: limits["header-kib"] * kibibyte,
    },
    // Node's 10 would be reached by a few downloads whose reader is slow.
    maxSessionMemory: limits["session-mib"],
    maxHeaderListPairs: limits["header-fields"],
    // Rapid resets (CVE-2023-44487): beyond these the connection is closed.
    streamResetBurst: limits["resets-burst"],
    streamResetRate: limits["resets-per-second"],
    // Node's own numbers, said so that they are seen: settings in one frame, our pings without an answer,
    // streams that we refused and frames that are wrong until the connection is closed.
    maxSettings: 32,
    maxOutstandingPings: 10,
    maxSessionRejectedStreams: 100,
    maxSessionInvalidFrames: 1000,
    // Callers are sent no streams of our own.
    peerMaxConcurrentStreams: 100,
    unknownProtocolTimeout: limits["first-bytes-seconds"] * second,
  };
}
