import {
  create,
  type DescMethod,
  type Message,
  type MessageInitShape,
  type Registry,
} from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import type { HandlerContext, MethodImpl } from "@connectrpc/connect";
import { binaryOf } from "../answer/binary.ts";
import { jsonOf } from "../answer/json.ts";

// Connect has no place for a serializer of one's own: it calls protobuf-es with the method's output and
// what the implementation gives. So it is told that unary RPCs answer with a `google.protobuf.Value`, a
// message that may hold anything. Its binary form is that of its unknown fields, which protobuf-es copies
// as they are; its JSON is a text, for which the encoder that Connect takes puts in the ready bytes.

type Bytes = Uint8Array<ArrayBuffer>;

/** The method as Connect is to see it. */
export function readyMethod<M extends DescMethod>(method: M): M {
  return { ...method, output: ValueSchema };
}

/** Makes an implementation answer with bytes, in the form that the caller asked for. */
export function readyAnswers<M extends DescMethod>(
  { output }: M,
  implementation: MethodImpl<M>,
  registry?: Registry,
): MethodImpl<M> {
  const untyped = implementation as unknown as (
    request: unknown,
    context: HandlerContext,
  ) => Promise<MessageInitShape<typeof output>>;
  return (async (request: unknown, context: HandlerContext): Promise<Message> => {
    const answer = create(output, await untyped(request, context));
    // Connect has said what it will be before it asks for it, to callers of GET too.
    return context.responseHeader.get("content-type")?.endsWith("json")
      ? new ReadyJson(jsonOf(output, answer, registry))
      : readyBinary(binaryOf(output, answer));
  }) as unknown as MethodImpl<M>;
}

/** All bytes behind the first tag are, to protobuf-es, the value of an unknown field. */
function readyBinary(bytes: Bytes): Message {
  let tag = 0;
  let length = 0;
  let byte = 128;
  while (byte > 127 && length < bytes.length) {
    byte = bytes[length] ?? 0;
    tag |= (byte & 127) << (7 * length);
    length += 1;
  }
  const $unknown = length === 0 ? [] : [{ no: tag >>> 3, wireType: tag & 7, data: bytes.subarray(length) }];
  return { $typeName: ValueSchema.typeName, $unknown, kind: { case: undefined } } as Message;
}

/** What an answer's text is until its bytes are put in: no answer is a text by itself. */
const placeholder = "";

let handedOver: Bytes | undefined;

/** An answer in JSON. Its bytes are handed over when Connect reads it; it encodes right after that. */
class ReadyJson implements Message {
  readonly $typeName = ValueSchema.typeName;
  readonly #bytes: Bytes;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  get kind(): { case: "stringValue"; value: string } {
    handedOver = this.#bytes;
    return { case: "stringValue", value: placeholder };
  }
}

const utf8 = new TextEncoder();
const placeholderJson = JSON.stringify(placeholder);

/** Encodes Connect's JSON, and takes ready answers as they are. */
export const answerEncoder = {
  encode(json: string): Bytes {
    const bytes = handedOver;
    handedOver = undefined;
    return bytes !== undefined && json === placeholderJson ? bytes : utf8.encode(json);
  },
};
