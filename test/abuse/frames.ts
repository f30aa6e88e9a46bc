import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Test } from "tap";

/** Types of HTTP/2's frames (RFC 9113, section 6). */
export const types = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  continuation: 9,
} as const;

/** Flags of frames. */
export const flags = { endStream: 1, endHeaders: 4 } as const;

/** The first words of a client. */
export const preface = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame(types.settings, 0, 0, Buffer.alloc(0)),
]);

/** One frame. */
export function frame(type: number, flag: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flag, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Headers in HPACK, each as a literal that is not kept (RFC 7541, section 6.2.2). Values up to 126 bytes. */
export function block(headers: Readonly<Record<string, string | Buffer>>): Buffer {
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => {
      const bytes = Buffer.from(value as string);
      return [Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([bytes.length]), bytes];
    }),
  );
}

/** The headers of a call. */
export function callHeaders(path: string, more: Readonly<Record<string, string | Buffer>> = {}): Buffer {
  return block({ ":method": "POST", ":scheme": "http", ":path": path, ":authority": "localhost", ...more });
}

/** A connection that says whatever one likes. Goes away with the test. */
export interface Raw {
  readonly socket: Socket;
  /** Sends bytes, and waits while the other side takes none. False once it has hung up. */
  send(bytes: Uint8Array): Promise<boolean>;
  /** Kept when the other side has hung up, however: all that it said. */
  readonly closed: Promise<Buffer>;
}

/** Opens one. @param isDeaf whether it never reads */
export async function raw(t: Test, port: number, isDeaf = false): Promise<Raw> {
  const socket = connect(port, "127.0.0.1");
  t.teardown(() => socket.destroy());
  const closed = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let isOver = false;
  socket.on("error", () => {});
  socket.on("close", () => {
    isOver = true;
    closed.resolve(Buffer.concat(chunks));
  });
  if (!isDeaf) {
    socket.on("data", (chunk) => {
      chunks.push(chunk);
    });
  }
  await once(socket, "connect");
  return {
    socket,
    closed: closed.promise,
    async send(bytes) {
      if (isOver) {
        return false;
      }
      if (!socket.write(bytes)) {
        await Promise.race([new Promise((drained) => socket.once("drain", drained)), closed.promise]);
      }
      return !isOver;
    },
  };
}
