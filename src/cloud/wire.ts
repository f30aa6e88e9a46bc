import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { Agent, buildConnector, errors } from "undici";
import { ByteSender, type Secure } from "./byte-sender.ts";
import { ByteWire } from "./byte-wire.ts";
import type { TlsOptions } from "./cloud-entry.ts";
import { Fault } from "./fault.ts";
import { gathered } from "./gathered-body.ts";
import { hearLastWords } from "./last-words.ts";
import { copied } from "./passing-bytes.ts";
import type { WireAnswer, WireRequest } from "./wire-message.ts";

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
  readonly #cloud: string;
  readonly #tls: TlsOptions;
  readonly #bytes = new ByteWire();
  readonly #sender = new ByteSender();
  #agent: Agent | undefined;
  #read: Secure | undefined;
  #closed = false;

  /** Opens nothing yet. */
  constructor(cloud: string, tls: TlsOptions) {
    this.#cloud = cloud;
    this.#tls = tls;
  }

  /** Sends a request. @throws Lost when no head of an answer comes. */
  async request(request: WireRequest): Promise<WireAnswer> {
    if (this.#closed) {
      throw new Lost(new errors.ClientClosedError());
    }
    this.#agent ??= this.#open();
    try {
      const { body: source } = request;
      if (typeof source === "object" && !isSmallAndSecure(request)) {
        return await this.#sender.request(request, source, this.#secure);
      }
      const large = request.large ? await this.#bytes.request(request) : undefined;
      if (large !== undefined) {
        return large;
      }
      const { statusCode, headers, body } = await this.#agent.request({
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
    this.#sender.close();
    await this.#agent?.destroy(new errors.ClientDestroyedError("the cloud was closed"));
  }

  /** The numbers of connections are bounded by the limiters in front. */
  #open(): Agent {
    const connect = buildConnector({ allowH2: false, timeout: 10_000, ...this.#secure });
    return new Agent({
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
  }

  /** The files are read when the first connection is made. */
  get #secure(): Secure {
    const { verify, cacert, cert, key } = this.#tls;
    this.#read ??= {
      rejectUnauthorized: verify,
      ...(cacert !== undefined && verify && { ca: this.#file("cacert", cacert) }),
      ...(cert !== undefined && {
        cert: this.#file("cert", cert),
        key: this.#file(key === undefined ? "cert" : "key", key ?? cert),
      }),
    };
    return this.#read;
  }

  #file(name: string, file: string): Buffer {
    try {
      return readFileSync(file);
    } catch (cause) {
      throw new Fault(
        "CLOUD_MISCONFIGURED",
        `cloud ${this.#cloud}: ${name}: the file cannot be read: ${file}`,
        {
          metadata: { cloud: this.#cloud, key: name },
          cause,
        },
      );
    }
  }
}
