import type { Message } from "@bufbuild/protobuf";
import { type PayloadField, varint } from "./payload-field.ts";

/** What takes the place of an empty envelope. */
export interface Envelope {
  /** The envelope's own five bytes and the start of its message. */
  readonly head: Uint8Array;
  /** The rest of its message. */
  readonly payload: Uint8Array;
}

/**
 * Takes the payloads out of the messages of a stream before they are serialised,
 * and puts them in place of the empty envelopes that come out behind: serialising
 * copies each payload twice. Between the two ends everything else happens as ever,
 * one message after the other.
 */
export class OutgoingPayloads {
  /** Aborts when the call ends. */
  signal: AbortSignal | undefined;
  readonly #field: PayloadField;
  /** What each empty envelope on its way is to become; undefined: it stays as it is. */
  readonly #due: (Uint8Array | undefined)[] = [];

  /** For the messages that have this field. */
  constructor(field: PayloadField) {
    this.#field = field;
  }

  /** The messages, with empty ones for those that brought only a payload. */
  async *divert(messages: AsyncIterable<Message>): AsyncGenerator<Message> {
    for await (const message of messages) {
      const payload = this.#field.in(message);
      if (payload !== undefined) {
        this.#due.push(payload);
        yield this.#field.empty();
      } else {
        if (this.#field.hides(message)) {
          this.#due.push(undefined);
        }
        yield message;
      }
    }
  }

  /** What goes out instead of this envelope. Undefined: it goes out as it is. */
  swap(envelope: Uint8Array): Envelope | undefined {
    if (!isEmptyEnvelope(envelope)) {
      return undefined;
    }
    if (this.#due.length === 0) {
      throw new Error("an empty message went out that no handler gave");
    }
    const payload = this.#due.shift();
    return payload && { head: headOf(this.#field.tag, payload.length), payload };
  }
}

/** The envelope of an empty message: no flags, no length. */
function isEmptyEnvelope(envelope: Uint8Array): boolean {
  return envelope.length === 5 && envelope.every((byte) => byte === 0);
}

function headOf(tag: Uint8Array, size: number): Uint8Array {
  const length = varint(size);
  const head = new Uint8Array(5 + tag.length + length.length);
  new DataView(head.buffer).setUint32(1, tag.length + length.length + size);
  head.set(tag, 5);
  head.set(length, 5 + tag.length);
  return head;
}
