import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type Message,
  type Registry,
  ScalarType,
  toJsonString,
} from "@bufbuild/protobuf";
import { Edition, type Timestamp } from "@bufbuild/protobuf/wkt";
import { ByteSink } from "./byte-sink.ts";
import { timeText } from "./time-text.ts";
import { asInteger, asNumber, asText, type Fields, isImplicit, isWrapper, isZero } from "./values.ts";

type Write = (message: Fields, sink: ByteSink) => void;

type WriteValue = (value: unknown, sink: ByteSink) => void;

const sink = new ByteSink();

/** Of the message that is being written. Only what is in an `Any` is looked up there. */
let types: Registry | undefined;

const compiled = new WeakMap<DescMessage, Write>();

/**
 * A message in protobuf's JSON form, the same bytes that protobuf-es makes. There, an
 * object is made for each message first, key by key, then a text of them all, and then
 * its bytes; and a Struct, which is JSON, is made into messages and back.
 */
export function jsonOf(desc: DescMessage, message: Message, registry?: Registry): Uint8Array<ArrayBuffer> {
  sink.begin();
  types = registry;
  compile(desc)(message as unknown as Fields, sink);
  return sink.end();
}

function compile(desc: DescMessage): Write {
  const known = compiled.get(desc);
  if (known !== undefined) {
    return known;
  }
  const writes: Write[] = [];
  const byReflection: Write = (message, to) =>
    to.plain(toJsonString(desc, message as unknown as Message, types && { registry: types }));
  let isByReflection = hasOwnForm(desc) || desc.file.edition !== Edition.EDITION_PROTO3;
  const write: Write = (message, to) => {
    if (isByReflection) {
      byReflection(message, to);
      return;
    }
    const start = to.list();
    for (const field of writes) {
      field(message, to);
    }
    to.seal(start, "{}");
  };
  // Before the fields: messages may hold themselves.
  compiled.set(desc, write);
  for (const field of desc.fields.toSorted((a, b) => a.number - b.number)) {
    const fieldWrite = fieldWriter(field);
    if (fieldWrite === undefined) {
      isByReflection = true;
    } else {
      writes.push(fieldWrite);
    }
  }
  return write;
}

/** Well-known types, which are no objects of their fields in JSON. */
function hasOwnForm({ typeName }: DescMessage): boolean {
  return typeName.startsWith("google.protobuf.");
}

/** Undefined for what no message of the API has, and protobuf-es must write. */
function fieldWriter(field: DescField): Write | undefined {
  const { localName: name } = field;
  const key = `,${JSON.stringify(field.jsonName)}:`;
  const write = valueWriter(field);
  if (write === undefined) {
    return undefined;
  }
  switch (field.fieldKind) {
    case "list":
      return (message, to) => {
        const list = message[name] as readonly unknown[];
        if (list.length > 0) {
          to.plain(key);
          const start = to.list();
          for (const item of list) {
            to.plain(",");
            write(item, to);
          }
          to.seal(start, "[]");
        }
      };
    case "map":
      return (message, to) => {
        const map = message[name] as Fields;
        const keys = Object.keys(map);
        if (keys.length > 0) {
          to.plain(key);
          const start = to.list();
          for (const own of keys) {
            to.plain(",");
            to.quoted(own);
            to.plain(":");
            write(map[own], to);
          }
          to.seal(start, "{}");
        }
      };
  }
  if (field.oneof !== undefined) {
    const { localName: group } = field.oneof;
    return (message, to) => {
      const chosen = message[group] as { case: string | undefined; value?: unknown };
      if (chosen.case === name) {
        to.plain(key);
        write(chosen.value, to);
      }
    };
  }
  const implicit = isImplicit(field);
  return (message, to) => {
    const value = message[name];
    if (implicit ? !isZero(value) : value !== undefined) {
      to.plain(key);
      write(value, to);
    }
  };
}

function valueWriter(field: DescField): WriteValue | undefined {
  if (field.message !== undefined) {
    return messageWriter(field.message);
  }
  return field.enum !== undefined ? enumWriter(field.enum) : scalarWriter(field.scalar);
}

function messageWriter(desc: DescMessage): WriteValue | undefined {
  switch (desc.typeName) {
    case "google.protobuf.Struct":
      return (value, to) => to.plain(JSON.stringify(value));
    case "google.protobuf.Timestamp":
      return (value, to) => to.quoted(timeText(value as Timestamp));
  }
  if (isWrapper(desc)) {
    return undefined;
  }
  const write = compile(desc);
  return (value, to) => write(value as Fields, to);
}

function enumWriter(desc: DescEnum): WriteValue {
  const names = new Map(desc.values.map(({ number, name }) => [number, JSON.stringify(name)]));
  return (value, to) => to.plain(names.get(value as number) ?? String(asInteger(value)));
}

function scalarWriter(type: ScalarType | undefined): WriteValue | undefined {
  switch (type) {
    case ScalarType.STRING:
      return (value, to) => to.quoted(asText(value));
    case ScalarType.BOOL:
      return (value, to) => to.plain(value === true ? "true" : "false");
    case ScalarType.INT32:
    case ScalarType.UINT32:
      return (value, to) => to.plain(String(asInteger(value)));
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return (value, to) => to.quoted(String(BigInt(value as bigint)));
    case ScalarType.DOUBLE:
      return (value, to) => {
        const text = String(asNumber(value));
        if (Number.isFinite(value)) {
          to.plain(text);
        } else {
          to.quoted(text);
        }
      };
    case ScalarType.BYTES:
      return (value, to) => {
        const { buffer, byteOffset, byteLength } = value as Uint8Array;
        to.quoted(Buffer.from(buffer, byteOffset, byteLength).toString("base64"));
      };
    default:
      return undefined;
  }
}
