import type { DescMessage, Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { Fault } from "../cloud/fault.ts";

/** Shorter ones are words like any other: to take them out would spoil the message, and hide nothing. */
const shortest = 4;

/**
 * Takes what is secret in a request (`debug_redact` in the schema) out of the words of its error, for a
 * cloud may quote what it was sent, as Nova's validation does, and the words are logged.
 */
export function withoutSecrets(error: unknown, schema: DescMessage, request: Message): unknown {
  if (error instanceof Fault) {
    for (const secret of secretsIn(reflect(schema, request))) {
      // As it is, and as it stands in JSON.
      for (const form of [JSON.stringify(secret).slice(1, -1), secret]) {
        error.message = error.message.replaceAll(form, "***");
      }
    }
  }
  return error;
}

function* secretsIn(message: ReflectMessage): Generator<string> {
  for (const field of message.fields) {
    if (!message.isSet(field)) {
      continue;
    }
    if (field.fieldKind === "message") {
      yield* secretsIn(message.get(field));
    } else if (field.fieldKind === "scalar" && field.proto.options?.debugRedact) {
      const value: unknown = message.get(field);
      if (typeof value === "string" && value.length >= shortest) {
        yield value;
      }
    }
  }
}
