import type { JsonObject, JsonValue } from "../cloud/json.ts";
import type { ByteSink } from "./byte-sink.ts";

// The fields of google/protobuf/struct.proto, each with its wire type.
const entryTag = 0x0a;
const keyTag = 0x0a;
const valueTag = 0x12;
const nullTag = 0x08;
const numberTag = 0x11;
const stringTag = 0x1a;
const boolTag = 0x20;
const structTag = 0x2a;
const listTag = 0x32;
const itemTag = 0x0a;

/** Writes JSON as a `google.protobuf.Struct`, without making messages of it. */
export function writeStruct(json: JsonObject, sink: ByteSink): void {
  for (const key of Object.keys(json)) {
    const entry = sink.open(entryTag);
    sink.text(keyTag, key);
    const start = sink.open(valueTag);
    writeValue(json[key], sink);
    sink.close(start);
    sink.close(entry);
  }
}

function writeValue(value: JsonValue | undefined, sink: ByteSink): void {
  switch (typeof value) {
    case "string":
      sink.text(stringTag, value);
      return;
    case "number":
      sink.double(numberTag, value);
      return;
    case "boolean":
      sink.field(boolTag, value ? 1 : 0);
      return;
    case "undefined":
      return;
  }
  if (value === null) {
    sink.field(nullTag, 0);
  } else if (Array.isArray(value)) {
    const start = sink.open(listTag);
    for (const item of value) {
      const itemStart = sink.open(itemTag);
      writeValue(item, sink);
      sink.close(itemStart);
    }
    sink.close(start);
  } else {
    const start = sink.open(structTag);
    writeStruct(value, sink);
    sink.close(start);
  }
}
