import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Dechunker, type Sink } from "./counters.ts";
import { type Pace, paced } from "./pace.ts";

/** One request of HTTP/1.1 by a client that costs next to nothing: its buffer is used again and again. */
export interface Http1Request {
  /** This machine if left out. */
  readonly host?: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Writes the body. */
  readonly send?: (socket: Socket) => Promise<void>;
  /** Takes the answer's body. */
  readonly sink: Sink;
  /** How fast the answer is read. */
  readonly pace?: Pace;
}

/** Sends it and reads the answer. @throws Error for any status but 2xx, and when the answer breaks off. */
export async function http1(request: Http1Request): Promise<void> {
  const { host = "127.0.0.1", port, method, path, headers, sink } = request;
  const done = Promise.withResolvers<void>();
  let head = "";
  let left = Number.POSITIVE_INFINITY;
  let chunks: Dechunker | undefined;
  const body = (buffer: Uint8Array, start: number, end: number): void => {
    if (chunks) {
      chunks.take(buffer, start, end);
    } else {
      sink(buffer, start, end);
      left -= end - start;
    }
    if (chunks?.done || left === 0) {
      done.resolve();
    }
  };
  const socket: Socket = connect({
    port,
    host,
    noDelay: true,
    onread: {
      buffer: Buffer.alloc(1024 * 1024),
      callback: (count, buffer) => {
        let start = 0;
        if (!head.includes("\r\n\r\n")) {
          const before = head.length;
          head += Buffer.from(buffer.buffer, buffer.byteOffset, Math.min(count, 16_384)).toString("latin1");
          const end = head.indexOf("\r\n\r\n");
          if (end === -1) {
            return true;
          }
          start = end + 4 - before;
          if (!/^HTTP\/1.1 2/.test(head)) {
            done.reject(new Error(head));
          }
          left = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.POSITIVE_INFINITY);
          chunks = /transfer-encoding: chunked/i.test(head) ? new Dechunker(sink) : undefined;
          if (left === 0 || /^HTTP\/1.1 204/.test(head)) {
            done.resolve();
          }
        }
        body(buffer, start, count);
        return paced(socket, count, request.pace);
      },
    },
  });
  socket.on("error", done.reject).on("close", () => done.reject(new Error(`the answer broke off: ${head}`)));
  try {
    await once(socket, "connect");
    const lines = Object.entries({ host: `${host}:${port}`, ...headers }).map(([k, v]) => `${k}: ${v}\r\n`);
    socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    await Promise.all([request.send?.(socket), done.promise]);
  } finally {
    socket.destroy();
  }
}

/** Writes one buffer again and again, and waits where the socket is full. */
export async function writeAgain(
  socket: Socket,
  parts: readonly Uint8Array[],
  times: number,
  pace?: Pace,
): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    socket.cork();
    const full = parts.map((part) => socket.write(part)).includes(false);
    socket.uncork();
    if (full) {
      await once(socket, "drain");
    }
    await pace?.spend(parts.reduce((sum, part) => sum + part.length, 0));
  }
}
