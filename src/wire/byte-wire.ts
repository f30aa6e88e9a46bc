import { connect, type Socket } from "node:net";
import { errors } from "undici";
import { ByteReader } from "./byte-reader.ts";
import type { WireAnswer, WireRequest } from "./wire-message.ts";

/** How long a connection may take to stand, in milliseconds. */
const connectMs = 10_000;

/** How long an origin whose answers do not tell their size is left to undici, in milliseconds. */
const unsizedMs = 60_000;

/** Origins that are remembered; a cloud has a handful of services. */
const unsizedOrigins = 100;

/** What may stand in a request's head, as it is. */
const target = /^[\x21-\x7e]+$/;
const value = /^[\t\x20-\x7e\x80-\xff]*$/;
const name = /^[a-z0-9-]+$/;

/**
 * Gets large bodies, over clear HTTP/1.1 and with a connection for each. That costs
 * a round trip, which is nothing beside a large body, and one that is used once
 * cannot bring the rest of one answer to whoever asks next.
 */
export class ByteWire {
  readonly #readers = new Set<ByteReader>();
  readonly #unsized = new Map<string, number>();

  /** Sends a GET. Undefined: its answer is not for this reader, so it is to be sent another way. */
  async request(request: WireRequest): Promise<WireAnswer | undefined> {
    const { protocol, hostname, port, host } = new URL(request.origin);
    if (protocol !== "http:" || !isPlain(request) || this.#isUnsized(request.origin)) {
      return undefined;
    }
    request.signal.throwIfAborted();
    const reader = new ByteReader();
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || 80),
      noDelay: true,
      onread: reader.onread,
    });
    reader.from(socket);
    socket.setTimeout(connectMs, () => reader.fail(new errors.ConnectTimeoutError("no connection")));
    socket.once("connect", () => socket.setTimeout(0));
    const onAbort = (): void => reader.abort(new DOMException("aborted", "AbortError"));
    request.signal.addEventListener("abort", onAbort, { once: true });
    this.#readers.add(reader);
    socket.once("close", () => this.#readers.delete(reader));
    writeHead(socket, request, host);
    const head = await reader.head;
    if (head.length === undefined) {
      if (head.status < 400) {
        this.#remember(request.origin);
      }
      return undefined;
    }
    return {
      status: head.status,
      headers: head.headers,
      body: reader.body,
      onClose: (callback) => reader.body.onClose(callback),
    };
  }

  /** Drops all connections. */
  close(): void {
    for (const reader of this.#readers) {
      reader.abort(new errors.ClientDestroyedError("the cloud was closed"));
    }
  }

  #isUnsized(origin: string): boolean {
    return (this.#unsized.get(origin) ?? 0) > performance.now();
  }

  #remember(origin: string): void {
    if (this.#unsized.size >= unsizedOrigins) {
      this.#unsized.clear();
    }
    this.#unsized.set(origin, performance.now() + unsizedMs);
  }
}

/** Whether nothing in the request's head could be taken for something else. */
function isPlain({ path, headers }: WireRequest): boolean {
  return (
    target.test(path) && Object.entries(headers).every(([key, text]) => name.test(key) && value.test(text))
  );
}

function writeHead(socket: Socket, { path, headers }: WireRequest, host: string): void {
  const lines = Object.entries({ host, ...headers, connection: "close" }).map(([k, v]) => `${k}: ${v}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
}
