import { type DescField, type DescMessage, type Message, ScalarType, toBinary } from "@bufbuild/protobuf";
import { Edition } from "@bufbuild/protobuf/wkt";
import type { JsonObject } from "../cloud/json.ts";
import { ByteSink } from "./byte-sink.ts";
import { writeStruct } from "./struct.ts";
import { asInteger, asNumber, asText, type Fields, isImplicit, isWrapper, isZero } from "./values.ts";

/** Writes a message without what stands before it. */
type Write = (message: Fields, sink: ByteSink) => void;

/** Writes a value with its tag. */
type WriteValue = (value: unknown, sink: ByteSink) => void;

const sized = 2;

const sink = new ByteSink();

const compiled = new WeakMap<DescMessage, Write>();

/**
 * A message in protobuf's binary form, the same bytes that protobuf-es makes. It is
 * half of what an answer costs there: each tag and type is looked at again for each
 * value, and a Struct is made into messages first.
 */
export function binaryOf(desc: DescMessage, message: Message): Uint8Array<ArrayBuffer> {
  sink.begin();
  compile(desc)(message as unknown as Fields, sink);
  return sink.end();
}

function compile(desc: DescMessage): Write {
  const known = compiled.get(desc);
  if (known !== undefined) {
    return known;
  }
  const byReflection: Write = (message, to) => to.raw(toBinary(desc, message as unknown as Message));
  const writes: Write[] = [];
  const write: Write = (message, to) => {
    if (message.$unknown !== undefined) {
      byReflection(message, to);
      return;
    }
    for (const field of writes) {
      field(message, to);
    }
  };
  // Before the fields: messages may hold themselves.
  compiled.set(desc, write);
  for (const field of desc.fields.toSorted((a, b) => a.number - b.number)) {
    const fieldWrite = isUsual(field) ? fieldWriter(field) : undefined;
    if (fieldWrite === undefined) {
      writes.splice(0, writes.length, byReflection);
      return write;
    }
    writes.push(fieldWrite);
  }
  return write;
}

/** What other editions have, such as defaults on prototypes, is none of ours. */
function isUsual({ parent }: DescField): boolean {
  return parent.file.edition === Edition.EDITION_PROTO3;
}

/** Undefined for what no message of the API has, and protobuf-es must write. */
function fieldWriter(field: DescField): Write | undefined {
  const { localName: name, number } = field;
  const write = valueWriter(field);
  if (write === undefined) {
    return undefined;
  }
  switch (field.fieldKind) {
    case "list":
      return field.packed
        ? undefined
        : (message, to) => {
            for (const item of message[name] as unknown[]) {
              write(item, to);
            }
          };
    case "map": {
      const tag = (number << 3) | sized;
      return field.mapKey !== ScalarType.STRING
        ? undefined
        : (message, to) => {
            const map = message[name] as Fields;
            for (const key of Object.keys(map)) {
              const start = to.open(tag);
              to.text(keyTag, key);
              write(map[key], to);
              to.close(start);
            }
          };
    }
  }
  if (field.oneof !== undefined) {
    const { localName: group } = field.oneof;
    return (message, to) => {
      const chosen = message[group] as { case: string | undefined; value?: unknown };
      if (chosen.case === name) {
        write(chosen.value, to);
      }
    };
  }
  const implicit = isImplicit(field);
  return (message, to) => {
    const value = message[name];
    if (implicit ? !isZero(value) : value !== undefined) {
      write(value, to);
    }
  };
}

const keyTag = (1 << 3) | sized;

function valueWriter(field: DescField): WriteValue | undefined {
  // The value of a map's entry is always field 2.
  const number = field.fieldKind === "map" ? 2 : field.number;
  if (field.message !== undefined) {
    return messageWriter(field.message, (number << 3) | sized);
  }
  return scalarWriter(field.scalar ?? ScalarType.INT32, number);
}

function messageWriter(desc: DescMessage, tag: number): WriteValue | undefined {
  if (desc.typeName === "google.protobuf.Struct") {
    return (value, to) => {
      const start = to.open(tag);
      writeStruct(value as JsonObject, to);
      to.close(start);
    };
  }
  if (isWrapper(desc)) {
    return undefined;
  }
  const write = compile(desc);
  return (value, to) => {
    const start = to.open(tag);
    write(value as Fields, to);
    to.close(start);
  };
}

function scalarWriter(type: ScalarType, number: number): WriteValue | undefined {
  const varintTag = number << 3;
  const sizedTag = varintTag | sized;
  switch (type) {
    case ScalarType.STRING:
      return (value, to) => to.text(sizedTag, asText(value));
    case ScalarType.BYTES:
      return (value, to) => to.sized(sizedTag, value as Uint8Array);
    case ScalarType.BOOL:
      return (value, to) => to.field(varintTag, value === true ? 1 : 0);
    case ScalarType.UINT32:
      return (value, to) => to.field(varintTag, asInteger(value));
    case ScalarType.INT32:
      return (value, to) => {
        const integer = asInteger(value);
        if (integer >= 0) {
          to.field(varintTag, integer);
        } else {
          to.int64(varintTag, BigInt(integer));
        }
      };
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return (value, to) => to.int64(varintTag, BigInt(value as bigint));
    case ScalarType.DOUBLE:
      return (value, to) => to.double(varintTag | 1, asNumber(value));
    default:
      return undefined;
  }
}
