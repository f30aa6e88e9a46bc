import type { Socket } from "node:net";
import { errors } from "undici";
import { MalformedHead, type ResponseHead, readHead } from "./response-head.ts";
import { SlotQueue } from "./slot-queue.ts";

/** Reads one answer from a socket, past Node's streams, into the memory of a queue. */
export class ByteReader {
  /** The head, once it is there. Rejected when none comes. */
  readonly head: Promise<ResponseHead>;
  /** The bytes behind it. */
  readonly body: SlotQueue;
  /** What the socket is to be opened with. */
  readonly onread: { buffer: () => Uint8Array; callback: (count: number, buffer: Uint8Array) => boolean };
  readonly #settle = Promise.withResolvers<ResponseHead>();
  #socket: Socket | undefined;
  /** Bytes of the head that are in the first slot, while it is not complete. */
  #headBytes = 0;
  #hasHead = false;
  /** Bytes of the body that are still to be read. */
  #left = Number.POSITIVE_INFINITY;

  /** Takes its memory. */
  constructor() {
    this.head = this.#settle.promise;
    // Whoever waits for it hears of it.
    this.head.catch(() => undefined);
    this.body = new SlotQueue({
      resume: () => void this.#socket?.resume(),
      // One answer a connection: what may follow it can be taken for nothing else.
      close: () => void this.#socket?.destroy(),
    });
    this.onread = { buffer: () => this.#room(), callback: (count) => this.#take(count) };
  }

  /** Reads from this socket, which was opened with {@link onread}. */
  from(socket: Socket): void {
    this.#socket = socket;
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new errors.SocketError("other side closed")));
  }

  /** Ends it with an error, unless all has come. */
  fail(error: Error): void {
    this.#settle.reject(error);
    this.body.fail(error);
  }

  /** Ends it with an error, though all may have come: nobody wants it any more. */
  abort(error: Error): void {
    this.#settle.reject(error);
    this.body.abort(error);
  }

  /** Where the next bytes go. Not beyond the body: what else comes is nobody's. */
  #room(): Uint8Array {
    const { room } = this.body;
    return this.#hasHead
      ? room.subarray(0, Math.max(1, Math.min(room.length, this.#left)))
      : room.subarray(this.#headBytes);
  }

  /** Takes what came. @returns whether to read on. */
  #take(count: number): boolean {
    if (this.#socket?.destroyed) {
      return false;
    }
    let start = 0;
    let end = count;
    if (!this.#hasHead) {
      end = this.#headBytes + count;
      try {
        start = this.#takeHead(this.body.room.subarray(0, end));
      } catch (error) {
        this.fail(
          error instanceof MalformedHead ? new errors.HTTPParserError(error.message) : (error as Error),
        );
        return false;
      }
      if (!this.#hasHead) {
        return true;
      }
    }
    end = Math.min(end, start + this.#left);
    if (end > start) {
      this.#left -= end - start;
      this.body.put(start, end);
    }
    if (this.#left === 0) {
      this.body.end();
      return false;
    }
    return this.body.mayGoOn(count);
  }

  /** @returns where the body begins. */
  #takeHead(bytes: Buffer): number {
    const found = readHead(bytes);
    if (found === undefined) {
      this.#headBytes = bytes.length;
      return 0;
    }
    this.#hasHead = true;
    this.#left = found.head.length ?? 0;
    this.#settle.resolve(found.head);
    return found.end;
  }
}
