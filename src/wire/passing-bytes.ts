/**
 * Bytes on their way through. They are good until the next ones are asked for:
 * then their memory may be filled anew. Whoever needs them longer copies them, or
 * holds them with {@link hold}; and nobody may transfer their buffer elsewhere.
 */
export type PassingBytes = Uint8Array & { readonly [passing]?: never };

declare const passing: unique symbol;

/** Memory that is used again and again. */
export class Slot {
  /** The memory; a buffer of its own, so that its bytes can be told by it. */
  readonly bytes: Buffer;
  readonly #onFree: () => void;
  #holds = 0;

  /** Takes memory. @param onFree called whenever the last hold is given up. */
  constructor(size: number, onFree: () => void) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.#onFree = onFree;
    slots.set(this.bytes.buffer, this);
  }

  /** Whether nobody needs what is in it. */
  get free(): boolean {
    return this.#holds === 0;
  }

  /** Gives its memory back at once, where the collector would take its time. Nobody may need it any more. */
  drop(): void {
    if (this.bytes.length > 0) {
      (this.bytes.buffer as ArrayBuffer).transfer(0);
    }
  }

  /** Keeps what is in it until the returned function is called. */
  hold(): () => void {
    this.#holds += 1;
    let held = true;
    return () => {
      if (held) {
        held = false;
        this.#holds -= 1;
        if (this.#holds === 0) {
          this.#onFree();
        }
      }
    };
  }
}

const slots = new WeakMap<ArrayBufferLike, Slot>();

/** Keeps bytes as they are beyond their turn, such as until a socket has taken them. Call the result once they may go. */
export function hold(bytes: PassingBytes): () => void {
  return slots.get(bytes.buffer)?.hold() ?? nothing;
}

/** The bytes in memory of their own, for readers that take more before they are done with what they have. */
export async function* copied(source: AsyncIterable<PassingBytes>): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    yield new Uint8Array(bytes);
  }
}

function nothing(): void {}
