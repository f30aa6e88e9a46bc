import type { JsonValue } from "../../cloud/json.ts";

/** A value as Python prints it; OpenStack's error messages hold such prints. */
export function repr(value: JsonValue): string {
  if (value === null) {
    return "None";
  }
  if (typeof value === "boolean") {
    return value ? "True" : "False";
  }
  if (typeof value === "string") {
    const text = value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    return text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll("'", "\\'")}'`;
  }
  if (Array.isArray(value)) {
    return `[${value.map(repr).join(", ")}]`;
  }
  if (typeof value === "object") {
    const items = Object.entries(value).map(([key, item]) => `${repr(key)}: ${repr(item)}`);
    return `{${items.join(", ")}}`;
  }
  return String(value);
}

/** A value as Python's `str` gives it: a string bare, all else as `repr`. */
export function str(value: JsonValue): string {
  return typeof value === "string" ? value : repr(value);
}

/** What oslo.utils' `bool_from_string` makes of a word; undefined for what it does not know. */
export function boolFromString(word: string): boolean | undefined {
  if (/^(1|t|true|on|y|yes)$/i.test(word.trim())) {
    return true;
  }
  return /^(0|f|false|off|n|no)$/i.test(word.trim()) ? false : undefined;
}
