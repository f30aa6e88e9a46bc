import { Readable } from "node:stream";
import { Agent, buildConnector, errors } from "undici";
import { ByteSender } from "./byte-sender.ts";
import { ByteWire } from "./byte-wire.ts";
import { gathered } from "./gathered-body.ts";
import { hearLastWords } from "./last-words.ts";
import { copied } from "./passing-bytes.ts";
import type { Secure, WireAnswer, WireRequest } from "./wire-message.ts";

/** No whole answer came. */
export class Lost extends Error {
  /** Whether the service may have seen the request. */
  readonly sent: boolean;
  /** Whether what came is not HTTP. */
  readonly garbage: boolean;

  /** Works out from the network's error what may have happened. */
  constructor(cause: unknown) {
    const code = codeOf(cause);
    const garbage = cause instanceof errors.HTTPParserError;
    // The parser's error holds what came, which nobody knows.
    super(code === "" ? "no answer" : code, garbage ? {} : { cause });
    this.name = "Lost";
    this.sent = !notSent.has(code) && !isCertificateProblem(code);
    this.garbage = garbage;
  }

  /** Whether the connections were closed on purpose. */
  get closed(): boolean {
    return this.message === "UND_ERR_DESTROYED" || this.message === "UND_ERR_CLOSED";
  }

  /** Whether the service took too long: it has enough to do, so it is not asked again. */
  get late(): boolean {
    return this.message === "UND_ERR_HEADERS_TIMEOUT" || this.message === "UND_ERR_BODY_TIMEOUT";
  }

  /** Whether the server's certificate is the problem. */
  get certificate(): boolean {
    return isCertificateProblem(this.message);
  }
}

/** Errors from before a connection stood. */
const notSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_NODATA",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Codes of OpenSSL's and Node's certificate checks. */
function isCertificateProblem(code: string): boolean {
  return /^(CERT_|ERR_TLS_CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH)/.test(code);
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) {
    return codeOf(error.errors[0]);
  }
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Bodies up to this size go over TLS by connections that are kept: a new one costs more than moving them. */
const smallBytes = 1024 * 1024;

function isSmallAndSecure({ origin, headers }: WireRequest): boolean {
  return origin.startsWith("https:") && Number(headers["content-length"] ?? Number.NaN) <= smallBytes;
}

/** The connections to one cloud: a pool for each origin. */
export class Wire {
  readonly #secure: () => Secure;
  readonly #bytes = new ByteWire();
  #opened: { agent: Agent; sender: ByteSender } | undefined;
  #closed = false;

  /** Opens nothing yet. @param secure asked for what it says when the first connection is made */
  constructor(secure: () => Secure) {
    this.#secure = secure;
  }

  /** Sends a request. @throws Lost when no head of an answer comes; what `secure` throws. */
  async request(request: WireRequest): Promise<WireAnswer> {
    if (this.#closed) {
      throw new Lost(new errors.ClientClosedError());
    }
    this.#opened ??= this.#open();
    const { agent, sender } = this.#opened;
    try {
      const { body: source } = request;
      if (typeof source === "object" && !isSmallAndSecure(request)) {
        return await sender.request(request, source);
      }
      const large = request.large ? await this.#bytes.request(request) : undefined;
      if (large !== undefined) {
        return large;
      }
      const { statusCode, headers, body } = await agent.request({
        origin: request.origin,
        path: request.path,
        method: request.method,
        headers: request.headers,
        body:
          typeof source === "object"
            ? Readable.from(copied(source), { objectMode: false })
            : (source ?? null),
        signal: request.signal,
        headersTimeout: request.headTimeoutMs,
        bodyTimeout: request.idleTimeoutMs,
      });
      const head = { status: statusCode, headers };
      if (request.large) {
        const queue = gathered(body);
        return { ...head, body: queue, onClose: (callback) => queue.onClose(callback) };
      }
      return { ...head, body, onClose: (callback) => void body.once("close", callback) };
    } catch (error) {
      throw new Lost(error);
    }
  }

  /** Closes every connection, those in use too. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#bytes.close();
    this.#opened?.sender.close();
    await this.#opened?.agent.destroy(new errors.ClientDestroyedError("the cloud was closed"));
  }

  /** The numbers of connections are bounded by the limiters in front. */
  #open(): { agent: Agent; sender: ByteSender } {
    const secure = this.#secure();
    const connect = buildConnector({ allowH2: false, timeout: 10_000, ...secure });
    const agent = new Agent({
      allowH2: false,
      connect: (options, callback) =>
        connect(options, (...result) => {
          const [error, socket] = result;
          if (error === null) {
            hearLastWords(socket);
          }
          callback(...result);
        }),
    });
    return { agent, sender: new ByteSender(secure) };
  }
}
