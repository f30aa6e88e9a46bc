/** Takes bytes that lie in a buffer which is used again. */
export type Sink = (buffer: Uint8Array, start: number, end: number) => void;

/** Counts the payloads of a stream of enveloped messages, looking at nothing but their heads. */
export class EnvelopeCounter {
  /** Bytes of payloads so far. */
  payload = 0;
  /** Messages so far. */
  messages = 0;
  /** The flags of the last envelope. */
  flags = 0;
  readonly #tag: number;
  readonly #head = new Uint8Array(11);
  #seen = 0;
  #left = 0;

  /** Payloads are in the field with this tag, of one byte. */
  constructor(tag: number) {
    this.#tag = tag;
  }

  /** Takes the next bytes. */
  readonly take: Sink = (buffer, start, end) => {
    let at = start;
    while (at < end) {
      if (this.#seen < 5) {
        this.#head[this.#seen++] = buffer[at++] ?? 0;
        if (this.#seen === 5) {
          this.flags = this.#head[0] ?? 0;
          this.#left = new DataView(this.#head.buffer).getUint32(1);
          this.#finish();
        }
      } else {
        const size = Math.min(this.#left, this.#seen < 11 ? 11 - this.#seen : this.#left, end - at);
        if (this.#seen < 11) {
          this.#head.set(buffer.subarray(at, at + size), this.#seen);
          this.#seen += size;
        }
        this.#count(size);
        at += size;
      }
    }
  };

  #size = 0;

  #count(size: number): void {
    this.#size += size;
    this.#left -= size;
    this.#finish();
  }

  #finish(): void {
    if (this.#left > 0) {
      return;
    }
    if (this.#size > 0 && this.flags === 0 && this.#head[5] === this.#tag) {
      let digits = 1;
      while ((this.#head[5 + digits] ?? 0) >= 0x80) {
        digits += 1;
      }
      this.payload += this.#size - 1 - digits;
    }
    this.messages += 1;
    this.#seen = 0;
    this.#size = 0;
  }
}

/** Takes the frame of HTTP/1.1's chunks away. */
export class Dechunker {
  /** Whether the last chunk has come. */
  done = false;
  readonly #sink: Sink;
  #line = "";
  #left = 0;

  /** Hands the bytes on. */
  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Takes the next bytes. */
  readonly take: Sink = (buffer, start, end) => {
    for (let at = start; at < end; ) {
      if (this.#left > 0) {
        const next = Math.min(end, at + this.#left);
        this.#sink(buffer, at, next);
        this.#left -= next - at;
        at = next;
        continue;
      }
      const byte = buffer[at++] ?? 0;
      if (byte !== 10) {
        this.#line += String.fromCharCode(byte);
      } else {
        const line = this.#line.trim();
        this.#line = "";
        this.#left = Number.parseInt(line, 16) || 0;
        this.done ||= line !== "" && this.#left === 0;
      }
    }
  };
}
