/** Memory that is kept for the next answer; what a larger one took is given back. */
const keptBytes = 1024 * 1024;

/** Up to this length, text is put down letter by letter: a call into Node costs more. */
const shortText = 48;

/** Up to this length, JSON's escapes are looked for here. */
const longText = 256;

const space = 0x20;
const quote = 0x22;
const backslash = 0x5c;
const lastAscii = 0x7f;

/** Room that any number or tag fits into. */
const numberBytes = 16;

/**
 * Where an answer is put together. Messages are written in one go, so one memory
 * serves all, and nothing grows by doubling and copying. Not to be kept across turns.
 */
export class ByteSink {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #at = 0;

  /** Begins anew. */
  begin(): void {
    this.#at = 0;
  }

  /** A copy of all that was written. */
  end(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#bytes.subarray(0, this.#at));
    if (this.#bytes.length > keptBytes) {
      this.#bytes = Buffer.allocUnsafeSlow(keptBytes);
    }
    return bytes;
  }

  /** A whole number from 0 to 2^53 as a varint. */
  varint(value: number): void {
    this.#reserve(numberBytes);
    this.#varint(value);
  }

  /** A tag of one byte or more, and a varint behind it. */
  field(tag: number, value: number): void {
    this.#reserve(2 * numberBytes);
    this.#varint(tag);
    this.#varint(value);
  }

  /** An integer of 64 bits; negative ones as their two's complement. */
  int64(tag: number, value: bigint): void {
    if (value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER)) {
      this.field(tag, Number(value));
      return;
    }
    this.#reserve(2 * numberBytes);
    this.#varint(tag);
    let rest = BigInt.asUintN(64, value);
    while (rest > 127n) {
      this.#bytes[this.#at++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#at++] = Number(rest);
  }

  /** A floating-point number of 64 bits. */
  double(tag: number, value: number): void {
    this.#reserve(2 * numberBytes);
    this.#varint(tag);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** Bytes, with their length before them. */
  sized(tag: number, bytes: Uint8Array): void {
    this.field(tag, bytes.length);
    this.raw(bytes);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Text as UTF-8, with its length before it. */
  text(tag: number, text: string): void {
    const { length } = text;
    // UTF-8 has at most three bytes for each of UTF-16's units.
    this.#reserve(2 * numberBytes + length * 3);
    this.#varint(tag);
    const start = this.#at;
    if (length <= shortText && this.#ascii(text, start + 1)) {
      this.#bytes[start] = length;
      return;
    }
    const guess = varintLength(length);
    const size = this.#bytes.write(text, start + guess, "utf8");
    const actual = varintLength(size);
    if (actual !== guess) {
      this.#bytes.copyWithin(start + actual, start + guess, start + guess + size);
    }
    this.#varint(size);
    this.#at += size;
  }

  /** Text of JSON as it is. */
  plain(text: string): void {
    const { length } = text;
    this.#reserve(length * 3);
    if (length > shortText || !this.#ascii(text, this.#at)) {
      this.#at += this.#bytes.write(text, this.#at, "utf8");
    }
  }

  /** Text as a string of JSON. */
  quoted(text: string): void {
    const { length } = text;
    this.#reserve(length + 2);
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = quote;
    if (length <= longText) {
      for (let index = 0; index < length; index++) {
        const unit = text.charCodeAt(index);
        if (unit < space || unit > lastAscii || unit === quote || unit === backslash) {
          this.plain(JSON.stringify(text));
          return;
        }
        bytes[at++] = unit;
      }
      bytes[at++] = quote;
      this.#at = at;
    } else {
      this.plain(JSON.stringify(text));
    }
  }

  /** Begins an object or a list of JSON. Whatever is in it has a comma before it. @returns what {@link seal} is to be told. */
  list(): number {
    return this.#at;
  }

  /** Ends it: the first comma becomes the bracket. @param brackets `{}` or `[]` */
  seal(start: number, brackets: "{}" | "[]"): void {
    this.#reserve(2);
    if (this.#at === start) {
      this.#at++;
    }
    this.#bytes[start] = brackets.charCodeAt(0);
    this.#bytes[this.#at++] = brackets.charCodeAt(1);
  }

  /** Begins what has its length before it. @returns what {@link close} is to be told. */
  open(tag: number): number {
    this.#reserve(2 * numberBytes);
    this.#varint(tag);
    return ++this.#at;
  }

  /** Ends it, and puts its length where one byte was left for it. */
  close(start: number): void {
    const size = this.#at - start;
    if (size < 128) {
      this.#bytes[start - 1] = size;
      return;
    }
    const more = varintLength(size) - 1;
    this.#reserve(more);
    this.#bytes.copyWithin(start + more, start, this.#at);
    this.#at = start - 1;
    this.#varint(size);
    this.#at += size;
  }

  /** Puts down text from a place on. @returns whether it was ASCII: else nothing has happened. */
  #ascii(text: string, from: number): boolean {
    const bytes = this.#bytes;
    const { length } = text;
    let at = from;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > lastAscii) {
        return false;
      }
      bytes[at++] = unit;
    }
    this.#at = at;
    return true;
  }

  #varint(value: number): void {
    const bytes = this.#bytes;
    let rest = value;
    while (rest > 127) {
      bytes[this.#at++] = (rest % 128) | 128;
      rest = rest < 2 ** 31 ? rest >>> 7 : Math.floor(rest / 128);
    }
    bytes[this.#at++] = rest;
  }

  #reserve(size: number): void {
    if (this.#at + size > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + size));
      larger.set(this.#bytes.subarray(0, this.#at));
      this.#bytes = larger;
    }
  }
}

function varintLength(value: number): number {
  return value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : value < 268_435_456 ? 4 : 5;
}
