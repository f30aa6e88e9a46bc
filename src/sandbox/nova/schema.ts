import { isObject, type JsonObject, type JsonValue } from "../../cloud/json.ts";
import { repr, str } from "../core/python.ts";
import { NovaError } from "./call.ts";

/** A check of one value: undefined when it is right, else what is wrong, in jsonschema's words. */
export type Check = (value: JsonValue) => string | undefined;

/** A text that some pattern fits, within a length. */
export function text(pattern?: RegExp, min = 0, max = 255): Check {
  return (value) => {
    if (typeof value !== "string") {
      return `${repr(value)} is not of type 'string'`;
    }
    if (value.length < min) {
      return `${repr(value)} is too short`;
    }
    if (value.length > max) {
      return `${repr(value)} is too long`;
    }
    return pattern === undefined || pattern.test(value)
      ? undefined
      : `${repr(value)} does not match '${pattern.source.replaceAll("\\/", "/")}'`;
  };
}

/** Bytes in base64, as much as Nova takes of user data. */
export const base64: Check = (value) =>
  text(undefined, 0, 65_535)(value) ??
  (/^([\w+/]{4})*([\w+/]{2}==|[\w+/]{3}=)?$/.test(String(value))
    ? undefined
    : `${repr(value)} is not a 'base64'`);

/** One of several values. */
export function oneOf(...choices: JsonValue[]): Check {
  return (value) =>
    choices.includes(value) ? undefined : `${repr(value)} is not one of [${choices.map(repr).join(", ")}]`;
}

/** A count, as a number or in digits. */
export const count: Check = (value) => {
  if (typeof value === "string") {
    return /^[0-9]*$/.test(value) ? undefined : `${repr(value)} does not match '^[0-9]*$'`;
  }
  if (typeof value !== "number") {
    return `${repr(value)} is not of type 'integer', 'string'`;
  }
  return value >= 1 ? undefined : `${repr(value)} is less than the minimum of 1`;
};

/** A boolean in any of the spellings that Nova takes. */
export const boolean: Check = oneOf(
  true,
  "True",
  "TRUE",
  "true",
  "1",
  "ON",
  "On",
  "on",
  "YES",
  "Yes",
  "yes",
  false,
  "False",
  "FALSE",
  "false",
  "0",
  "OFF",
  "Off",
  "off",
  "NO",
  "No",
  "no",
);

/** Anything. */
export const anything: Check = () => undefined;

/** The check, or null. */
export function nullable(check: Check): Check {
  return (value) => (value === null ? undefined : check(value));
}

/** What no given schema takes, in jsonschema's words for `oneOf` and `anyOf`. */
export function noSchema(value: JsonValue): string {
  return `${repr(value)} is not valid under any of the given schemas`;
}

/** A 400 about a field of the body. */
export function invalid(field: string, value: JsonValue, words: string): NovaError {
  return new NovaError(400, `Invalid input for field/attribute ${field}. Value: ${str(value)}. ${words}`);
}

/** The object below the body's one key, with its fields checked. @throws NovaError 400 in Nova's words. */
export function checked(
  body: JsonObject,
  key: string,
  fields: Readonly<Record<string, Check>>,
  required: readonly string[] = [],
): JsonObject {
  const value = body[key];
  if (value === undefined) {
    throw new NovaError(400, `'${key}' is a required property`);
  }
  if (!isObject(value)) {
    throw invalid(key, value, `${repr(value)} is not of type 'object'`);
  }
  for (const name of required) {
    if (value[name] === undefined) {
      throw invalid(key, value, `'${name}' is a required property`);
    }
  }
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(fields, name));
  if (unknown.length > 0) {
    const names = unknown.map(repr).join(", ");
    const were = unknown.length === 1 ? "was" : "were";
    throw invalid(key, value, `Additional properties are not allowed (${names} ${were} unexpected)`);
  }
  for (const [name, given] of Object.entries(value)) {
    const wrong = fields[name]?.(given);
    if (wrong !== undefined) {
      throw invalid(name, given, wrong);
    }
  }
  return value;
}

/** A name as Nova takes it. @throws NovaError 400 for unprintable characters and blanks at its ends. */
export function checkName(value: JsonValue): string {
  const wrong = text(undefined, 1, 255)(value);
  if (wrong !== undefined || typeof value !== "string") {
    throw invalid("name", value, wrong ?? "");
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/^\s|\s$|[\u0000-\u001f\u007f]/.test(value)) {
    const words = "The name must be: printable characters. Can not start or end with whitespace.";
    throw new NovaError(400, `An invalid 'name' value was provided. ${words}`);
  }
  return value;
}

/** Checks a map of texts. @throws NovaError 400. */
export function checkMetadata(value: JsonValue): Record<string, string> {
  if (!isObject(value)) {
    throw invalid("metadata", value, `${repr(value)} is not of type 'object'`);
  }
  const result: Record<string, string> = {};
  for (const [name, given] of Object.entries(value)) {
    if (!/^[a-zA-Z0-9-_:. ]{1,255}$/.test(name)) {
      const words = `${repr(name)} does not match any of the regexes: '^[a-zA-Z0-9-_:. ]{1,255}$'`;
      throw invalid("metadata", value, words);
    }
    const wrong = text()(given);
    if (wrong !== undefined || typeof given !== "string") {
      throw invalid(name, given, wrong ?? "");
    }
    result[name] = given;
  }
  return result;
}
