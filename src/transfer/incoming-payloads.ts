import type { Message } from "@bufbuild/protobuf";
import type { PassingBytes } from "../wire/passing-bytes.ts";
import { type PayloadField, varint } from "./payload-field.ts";

/** The most bytes of a varint that says a size below 4 GiB. */
const longestVarint = 5;

/**
 * Takes the payloads out of the envelopes of a request before they are parsed,
 * and puts them into the messages that come out behind: parsing assembles and
 * copies them. What is parsed is an envelope with an empty payload; the slices
 * that have come of the real one become a message each, good until the next one is
 * asked for.
 *
 * Whatever is not exactly one payload in an uncompressed envelope is passed on as
 * it came, byte by byte, so that nobody can tell the difference.
 */
export class IncomingPayloads {
  readonly #field: PayloadField;
  readonly #readMaxBytes: number;
  readonly #placeholder: Uint8Array;
  #source: AsyncIterator<PassingBytes> | undefined;
  /** What has come and was not used yet. */
  #rest: Uint8Array = new Uint8Array();
  /** Bytes to come of the payload that is due. */
  #due: number | undefined;
  /** Whether slices of it are being handed on. */
  #isOpen = false;

  /** For the messages that have this field. Larger ones than `readMaxBytes` are for others to refuse. */
  constructor(field: PayloadField, readMaxBytes: number) {
    this.#field = field;
    this.#readMaxBytes = readMaxBytes;
    const { tag } = field;
    this.#placeholder = Uint8Array.of(0, 0, 0, 0, tag.length + 1, ...tag, 0);
  }

  /** The request's body, with empty payloads. */
  async *slice(body: AsyncIterable<PassingBytes>): AsyncGenerator<Uint8Array> {
    this.#source = body[Symbol.asyncIterator]();
    for (;;) {
      const head = await this.#peek(5);
      const length = head.length < 5 ? 0 : new DataView(head.buffer, head.byteOffset).getUint32(1);
      if (head.length < 5 || length > this.#readMaxBytes) {
        yield* this.#through(Number.POSITIVE_INFINITY);
        return;
      }
      const start = await this.#payloadStart(head[0] ?? 0, length);
      if (start === undefined) {
        yield* this.#through(5 + length);
        continue;
      }
      this.#skip(start);
      this.#due = 5 + length - start;
      yield this.#placeholder;
      if (this.#due !== undefined) {
        // Nobody took it to its end, since it has none: the parser is to find that out itself.
        yield Uint8Array.of(0);
        return;
      }
    }
  }

  /** The parsed messages, with the payloads that belong into them: one for each slice. */
  restore(messages: AsyncIterable<Message>): AsyncIterable<Message> {
    const iterator = messages[Symbol.asyncIterator]();
    // By hand, since a payload of 1 MiB comes in 16 slices and more, and each turn of a generator costs.
    const restored: AsyncIterator<Message> = {
      next: async () => {
        for (;;) {
          if (this.#isOpen) {
            const payload = await this.#payload();
            if (payload !== undefined) {
              return { done: false, value: this.#field.message(payload) };
            }
            this.#isOpen = false;
          }
          const next = await iterator.next();
          if (next.done === true || this.#due === undefined) {
            return next;
          }
          if (this.#due === 0) {
            this.#due = undefined;
            return next;
          }
          this.#isOpen = true;
        }
      },
      return: async (value) => {
        await iterator.return?.();
        return { done: true, value };
      },
    };
    return { [Symbol.asyncIterator]: () => restored };
  }

  /** The next slice of the payload that is due. Undefined: there are no more, for it is complete or breaks off. */
  async #payload(): Promise<Uint8Array | undefined> {
    if (this.#due === undefined || (this.#rest.length === 0 && !(await this.#more()))) {
      return undefined;
    }
    const payload = this.#rest.subarray(0, this.#due);
    this.#skip(payload.length);
    this.#due -= payload.length;
    if (this.#due === 0) {
      this.#due = undefined;
    }
    return payload;
  }

  /** Where the payload begins in an envelope that holds nothing else. */
  async #payloadStart(flags: number, length: number): Promise<number | undefined> {
    const { tag } = this.#field;
    if (flags !== 0 || length < tag.length + 1) {
      return undefined;
    }
    const seen = await this.#peek(5 + Math.min(length, tag.length + longestVarint));
    // There is one way only to write this head in the fewest bytes, and all known libraries write that.
    for (let size = 1; size <= longestVarint; size += 1) {
      const payload = length - tag.length - size;
      const expected = payload < 0 ? [] : varint(payload);
      if (expected.length === size) {
        const start = [...tag, ...expected];
        return start.every((byte, index) => seen[5 + index] === byte) ? 5 + start.length : undefined;
      }
    }
    return undefined;
  }

  /** Passes bytes on, as many as there are; copied, since parsers gather them. */
  async *#through(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0; ) {
      if (this.#rest.length === 0 && !(await this.#more())) {
        return;
      }
      const chunk = new Uint8Array(this.#rest.subarray(0, left));
      this.#skip(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }

  /** The next bytes, as many as asked for unless the request ends before; they stay where they are. */
  async #peek(count: number): Promise<Uint8Array> {
    while (this.#rest.length < count) {
      // A copy, since what is there is good only until more is asked for.
      const before = new Uint8Array(this.#rest);
      if (!(await this.#more())) {
        this.#rest = before;
        break;
      }
      if (before.length > 0) {
        this.#rest = Buffer.concat([before, this.#rest]);
      }
    }
    return this.#rest.subarray(0, count);
  }

  #skip(count: number): void {
    this.#rest = this.#rest.subarray(count);
  }

  async #more(): Promise<boolean> {
    const next = await this.#source?.next();
    this.#rest = next === undefined || next.done === true ? new Uint8Array() : next.value;
    return next !== undefined && next.done !== true;
  }
}
