import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { create, hasOption, isFieldSet, ScalarType } from "@bufbuild/protobuf";
import { field as validationRules } from "../gen/buf/validate/validate_pb.js";

/**
 * The field of a streamed message that brings bytes: the one of type `bytes` in
 * a oneof. Whatever RPC has such messages streams bytes, whatever its name.
 */
export class PayloadField {
  /** The field's tag on the wire: its number, and that its value has a length. */
  readonly tag: Uint8Array;
  readonly #message: DescMessage;
  readonly #field: DescField;
  readonly #oneof: string;
  readonly #others: readonly DescField[];

  private constructor(message: DescMessage, field: DescField, oneof: string) {
    this.#message = message;
    this.#field = field;
    this.#oneof = oneof;
    this.#others = message.fields.filter((other) => other.oneof?.localName !== oneof);
    this.tag = Uint8Array.from(varint(field.number * 8 + 2));
  }

  /** The payload field of a message type. Undefined where it has none, several, or one with rules to check. */
  static of(message: DescMessage): PayloadField | undefined {
    const [field, ...more] = message.fields.filter(
      ({ fieldKind, scalar, oneof }) =>
        fieldKind === "scalar" && scalar === ScalarType.BYTES && oneof !== undefined,
    );
    return field?.oneof === undefined || more.length > 0 || hasOption(field, validationRules)
      ? undefined
      : new PayloadField(message, field, field.oneof.localName);
  }

  /** The payload of a message that brings nothing else. */
  in(message: Message): Uint8Array | undefined {
    const part = (message as unknown as Record<string, Part>)[this.#oneof];
    return part?.case === this.#field.localName &&
      part.value instanceof Uint8Array &&
      message.$unknown === undefined &&
      !this.#others.some((field) => isFieldSet(message, field))
      ? part.value
      : undefined;
  }

  /** Whether nothing of the message goes onto the wire. */
  hides(message: Message): boolean {
    return (
      message.$unknown === undefined && !this.#message.fields.some((field) => isFieldSet(message, field))
    );
  }

  /** A message with this payload. */
  message(payload: Uint8Array): Message {
    const message = this.empty();
    (message as unknown as Record<string, Part>)[this.#oneof] = {
      case: this.#field.localName,
      value: payload,
    };
    return message;
  }

  /** A message with nothing in it. */
  empty(): Message {
    return create(this.#message);
  }
}

interface Part {
  case: string | undefined;
  value?: unknown;
}

/** The bytes of a number in protobuf's variable length. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | 0x80);
  }
  bytes.push(rest);
  return bytes;
}
