import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { errors } from "undici";
import { hearLastWords } from "./last-words.ts";
import { hold, type PassingBytes } from "./passing-bytes.ts";
import type { Secure, WireAnswer, WireRequest } from "./wire-message.ts";

/** How long a connection may take to stand, in milliseconds. */
const connectMs = 10_000;

/**
 * Bytes that may wait in the socket: while some leave, the next are fetched. undici
 * waits after each piece until all has left, which costs a fifth of the speed.
 */
const maxWaitingBytes = 1024 * 1024;

/** Sends bodies of bytes over HTTP/1.1, with a connection for each. */
export class ByteSender {
  readonly #secure: Secure;
  readonly #open = new Set<ClientRequest>();

  /** Opens nothing yet. */
  constructor(secure: Secure) {
    this.#secure = secure;
  }

  /** Sends a request with a body of bytes. @throws Error when no head of an answer comes. */
  async request(request: WireRequest, source: AsyncIterable<PassingBytes>): Promise<WireAnswer> {
    const { signal } = request;
    signal.throwIfAborted();
    const { protocol, hostname, port } = new URL(request.origin);
    const isSecure = protocol === "https:";
    const outgoing = (isSecure ? httpsRequest : httpRequest)({
      ...(isSecure && this.#secure),
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || (isSecure ? 443 : 80)),
      method: request.method,
      path: request.path,
      headers: request.headers,
      agent: false,
    });
    const onAbort = (): void => void outgoing.destroy(new DOMException("aborted", "AbortError"));
    signal.addEventListener("abort", onAbort, { once: true });
    this.#open.add(outgoing);
    outgoing.once("close", () => {
      signal.removeEventListener("abort", onAbort);
      this.#open.delete(outgoing);
    });
    outgoing.once("socket", (socket) => {
      hearLastWords(socket);
      socket.setTimeout(connectMs, () => outgoing.destroy(new errors.ConnectTimeoutError("no connection")));
      socket.once(isSecure ? "secureConnect" : "connect", () => socket.setTimeout(0));
    });
    return await answerTo(outgoing, source, lengthOf(request));
  }

  /** Drops all connections. */
  close(): void {
    for (const outgoing of this.#open) {
      outgoing.destroy(new errors.ClientDestroyedError("the cloud was closed"));
    }
  }
}

async function answerTo(
  outgoing: ClientRequest,
  source: AsyncIterable<PassingBytes>,
  length: number | undefined,
): Promise<WireAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outlet = new Outlet(outgoing, length);
  outgoing.on("error", (error) => reject(understood(error)));
  outgoing.once("response", (answer: IncomingMessage) => {
    outlet.stop();
    resolve(answer);
  });
  outgoing.once("close", () => {
    outlet.stop();
    reject(new errors.SocketError("other side closed"));
  });
  outlet.send(source).catch((error: Error) => {
    // Breaking off is how the service is told that this is not the end.
    outgoing.destroy(error);
    reject(error);
  });
  const answer = await promise;
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    body: answer,
    onClose: (callback) => void answer.once("close", callback),
  };
}

/** The way out of one body. */
class Outlet {
  readonly #outgoing: ClientRequest;
  readonly #length: number | undefined;
  #sent = 0;
  #waiting = 0;
  #isStopped = false;
  #isGathering = false;
  #wake: (() => void) | undefined;

  constructor(outgoing: ClientRequest, length: number | undefined) {
    this.#outgoing = outgoing;
    this.#length = length;
  }

  /** Sends no more: the answer is there, or nobody will give one. */
  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
  }

  async send(source: AsyncIterable<PassingBytes>): Promise<void> {
    for await (const bytes of source) {
      if (this.#isStopped || this.#outgoing.destroyed) {
        return;
      }
      this.#sent += bytes.length;
      if (this.#sent > (this.#length ?? Number.POSITIVE_INFINITY)) {
        throw new errors.RequestContentLengthMismatchError();
      }
      this.#write(bytes);
      while (this.#waiting >= maxWaitingBytes && !this.#isStopped) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
    if (this.#sent < (this.#length ?? 0) && !this.#isStopped) {
      throw new errors.RequestContentLengthMismatchError();
    }
    this.#outgoing.end();
  }

  #write(bytes: PassingBytes): void {
    if (bytes.length === 0) {
      // An empty chunk would be the end.
      return;
    }
    const release = hold(bytes);
    this.#waiting += bytes.length;
    this.#gather();
    this.#outgoing.write(bytes, () => {
      this.#waiting -= bytes.length;
      release();
      this.#wake?.();
    });
  }

  /** Lets what comes in one turn of the event loop leave in one write, where each read of the caller would make one. */
  #gather(): void {
    const { socket } = this.#outgoing;
    if (socket !== null && !this.#isGathering) {
      this.#isGathering = true;
      socket.cork();
      setImmediate(() => {
        this.#isGathering = false;
        socket.uncork();
      });
    }
  }
}

function lengthOf({ headers }: WireRequest): number | undefined {
  const length = headers["content-length"];
  return length === undefined ? undefined : Number(length);
}

/** Node's parser speaks in codes of its own. */
function understood(error: Error): Error {
  return "code" in error && String(error.code).startsWith("HPE_")
    ? new errors.HTTPParserError(error.message)
    : error;
}
