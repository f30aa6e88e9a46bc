import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Sink } from "./counters.ts";
import { type Pace, paced } from "./pace.ts";

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const data = 0;
const headersType = 1;
const reset = 3;
const settings = 4;
const ping = 6;
const goAway = 7;
const windowUpdate = 8;
const endStream = 1;
const ack = 1;
const largest = 0x7fffffff;

/** One call of gRPC by a client that costs next to nothing. */
export interface GrpcCall {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What it sends: the first message, then another one so many times. */
  readonly first: Uint8Array;
  readonly again?: { readonly parts: readonly Uint8Array[]; readonly times: number; readonly pace?: Pace };
  /** Takes the answer's envelopes. */
  readonly sink: Sink;
  /** How fast the answer is read. */
  readonly pace?: Pace;
  /** The receive windows; all they can be if left out. */
  readonly window?: number;
  /** The largest frame that it takes: most libraries leave it at HTTP/2's 16 KiB. */
  readonly maxFrame?: number;
}

/** Makes the call. @throws Error when the stream is reset or the connection lost. */
export async function grpc(call: GrpcCall): Promise<void> {
  const window = call.window ?? largest;
  const done = Promise.withResolvers<void>();
  const sending = { connection: 65_535, stream: 65_535, initial: 65_535, frame: 16_384, wake: () => {} };
  const head = new Uint8Array(9);
  let seen = 0;
  let left = 0;
  let control = Buffer.alloc(0);
  let owed = 0;

  const onFrame = (type: number, flags: number, id: number, body: Buffer): void => {
    if (type === settings && (flags & ack) === 0) {
      for (let at = 0; at < body.length; at += 6) {
        const value = body.readUInt32BE(at + 2);
        if (body.readUInt16BE(at) === 4) {
          sending.stream += value - sending.initial;
          sending.initial = value;
        } else if (body.readUInt16BE(at) === 5) {
          sending.frame = value;
        }
      }
      socket.write(frame(settings, ack, 0));
      sending.wake();
    } else if (type === windowUpdate) {
      sending[id === 0 ? "connection" : "stream"] += body.readUInt32BE(0);
      sending.wake();
    } else if (type === ping && (flags & ack) === 0) {
      socket.write(frame(ping, ack, 0, body));
    } else if (type === reset || type === goAway) {
      done.reject(new Error(`frame of type ${type}: ${body.toString("hex")}`));
    }
    if ((type === headersType || type === data) && (flags & endStream) !== 0) {
      done.resolve();
    }
  };

  const take = (buffer: Uint8Array, end: number): void => {
    for (let at = 0; at < end; ) {
      if (seen < 9) {
        head[seen++] = buffer[at++] ?? 0;
        if (seen < 9) {
          continue;
        }
        left = ((head[0] ?? 0) << 16) | ((head[1] ?? 0) << 8) | (head[2] ?? 0);
        control = Buffer.alloc(0);
      }
      const size = Math.min(left, end - at);
      if (size > 0 && head[3] === data) {
        call.sink(buffer, at, at + size);
        owed += size;
      } else if (size > 0) {
        control = Buffer.concat([control, buffer.subarray(at, at + size)]);
      }
      left -= size;
      at += size;
      if (left === 0) {
        seen = 0;
        onFrame(head[3] ?? 0, head[4] ?? 0, new DataView(head.buffer).getUint32(5), control);
      }
    }
    if (owed > window / 2) {
      socket.write(Buffer.concat([update(0, owed), update(1, owed)]));
      owed = 0;
    }
  };

  const socket: Socket = connect({
    port: call.port,
    host: "127.0.0.1",
    noDelay: true,
    onread: {
      buffer: Buffer.alloc(1024 * 1024),
      callback: (count, buffer) => {
        take(buffer, count);
        return paced(socket, count, call.pace);
      },
    },
  });
  socket.on("error", done.reject).on("close", () => done.reject(new Error("the connection was lost")));
  try {
    await once(socket, "connect");
    const initial = Buffer.alloc(12);
    initial.writeUInt16BE(4);
    initial.writeUInt32BE(window, 2);
    initial.writeUInt16BE(5, 6);
    initial.writeUInt32BE(call.maxFrame ?? 16_384, 8);
    socket.write(Buffer.concat([preface, frame(settings, 0, 0, initial), update(0, window - 65_535)]));
    const fields = {
      ":method": "POST",
      ":scheme": "http",
      ":path": call.path,
      ":authority": `127.0.0.1:${call.port}`,
      te: "trailers",
      "content-type": "application/grpc",
      ...call.headers,
    };
    socket.write(frame(headersType, 4, 1, Buffer.concat(Object.entries(fields).map(literal))));
    await Promise.race([send(socket, call, sending).then(() => done.promise), done.promise]);
  } finally {
    socket.destroy();
  }
}

/** Sends the messages as the windows allow. */
async function send(socket: Socket, call: GrpcCall, sending: Sending): Promise<void> {
  const { parts = [], times = 0, pace } = call.again ?? {};
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  for (let turn = 0; turn <= times; turn++) {
    const pieces = turn === 0 ? [call.first] : parts;
    for (const [index, piece] of pieces.entries()) {
      const isLast = turn === times && index === pieces.length - 1;
      await sendPiece(socket, piece, isLast, sending);
    }
    await pace?.spend(size);
  }
}

interface Sending {
  connection: number;
  stream: number;
  frame: number;
  wake: () => void;
}

async function sendPiece(
  socket: Socket,
  piece: Uint8Array,
  isLast: boolean,
  sending: Sending,
): Promise<void> {
  for (let at = 0; at < piece.length; ) {
    const size = Math.min(piece.length - at, sending.connection, sending.stream, sending.frame);
    if (size <= 0) {
      await new Promise<void>((resolve) => {
        sending.wake = resolve;
      });
      continue;
    }
    sending.connection -= size;
    sending.stream -= size;
    const flags = isLast && at + size === piece.length ? endStream : 0;
    socket.cork();
    socket.write(frameHead(size, data, flags, 1));
    const free = socket.write(piece.subarray(at, at + size));
    socket.uncork();
    at += size;
    if (!free) {
      await once(socket, "drain");
    }
  }
}

function frameHead(size: number, type: number, flags: number, id: number): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(size, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return head;
}

function frame(type: number, flags: number, id: number, body: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.concat([frameHead(body.length, type, flags, id), body]);
}

function update(id: number, count: number): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(count);
  return frame(windowUpdate, 0, id, body);
}

/** A header that is neither indexed nor compressed (RFC 7541, section 6.2.2). */
function literal([name, value]: [string, string]): Buffer {
  return Buffer.concat([
    Buffer.of(0, name.length),
    Buffer.from(name),
    Buffer.of(value.length),
    Buffer.from(value),
  ]);
}
