import { type DescEnum, ScalarType } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { JsonValue } from "../cloud/json.ts";

/**
 * Reads one upstream value; undefined when it is not of the type. OpenStack's
 * services are loose with types (numbers as text, `""` for 0, `"True"`), and
 * differ between versions, so reading is lenient wherever nothing is lost.
 */
export type Parse = (value: JsonValue) => unknown;

/** How values of a protobuf scalar type are read. */
export function scalarParser(type: ScalarType): Parse {
  switch (type) {
    case ScalarType.STRING:
      return parseString;
    case ScalarType.BOOL:
      return parseBool;
    case ScalarType.INT32:
      return (value) => parseInteger(value, -(2 ** 31), 2 ** 31 - 1);
    case ScalarType.INT64:
      return parseInt64;
    case ScalarType.DOUBLE:
      return parseNumber;
    default:
      throw new Error(`no reader for scalar type ${ScalarType[type]}`);
  }
}

/** How words of an enum are read: in any case, without the enum's prefix, or as the number. */
export function enumParser(desc: DescEnum): Parse {
  const prefix = (desc.sharedPrefix ?? "").toUpperCase();
  const numbers = new Map<string, number>();
  for (const value of desc.values) {
    numbers.set(value.name.slice(prefix.length), value.number);
  }
  const known = new Set(numbers.values());
  return (value) => {
    if (typeof value === "number") {
      return known.has(value) ? value : undefined;
    }
    return typeof value === "string"
      ? numbers.get(value.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_"))
      : undefined;
  };
}

/**
 * Reads a time. One without a zone is UTC, as oslo.utils' timeutils writes it. Every
 * object has several, so the digits are read where they stand: a regular expression
 * and a Date took a tenth of a whole list's time.
 */
export function parseTimestamp(value: JsonValue): Timestamp | undefined {
  if (typeof value !== "string" || value.length < 19 || !isPunctuated(value)) {
    return undefined;
  }
  const year = digits(value, 0, 4);
  const month = digits(value, 5, 7);
  const day = digits(value, 8, 10);
  const hour = digits(value, 11, 13);
  const minute = digits(value, 14, 16);
  const second = digits(value, 17, 19);
  // Protobuf knows no year 0. A comparison with NaN is false.
  if (!(year > 0 && isDay(year, month, day) && hour < 24 && minute < 60 && second < 60)) {
    return undefined;
  }
  const rest = value.length === 20 && value.endsWith("Z") ? noRest : restOf(value);
  if (rest === undefined) {
    return undefined;
  }
  const seconds = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
  return {
    $typeName: "google.protobuf.Timestamp",
    seconds: BigInt(seconds - rest.aheadSeconds),
    nanos: rest.nanos,
  };
}

function isPunctuated(text: string): boolean {
  const between = text[10];
  return (
    text[4] === "-" &&
    text[7] === "-" &&
    (between === "T" || between === " ") &&
    text[13] === ":" &&
    text[16] === ":"
  );
}

/** The number that the digits from `start` to before `end` make; NaN where one is none. */
function digits(text: string, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 48;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
  }
  return number;
}

const noRest = { nanos: 0, aheadSeconds: 0 };
const restPattern = /^(?:\.(\d{1,9})\d*)?(?:Z|([+-])(\d\d):?(\d\d))?$/;

/** What stands behind the seconds: a fraction, a zone, both or nothing. */
function restOf(text: string): { nanos: number; aheadSeconds: number } | undefined {
  const parts = restPattern.exec(text.slice(19));
  if (parts === null) {
    return undefined;
  }
  const [, fraction, sign, hours, minutes] = parts;
  const ahead = sign === undefined ? 0 : Number(hours) * 3600 + Number(minutes) * 60;
  return {
    nanos: fraction === undefined ? 0 : Number(fraction.padEnd(9, "0")),
    aheadSeconds: sign === "-" ? -ahead : ahead,
  };
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDay(year: number, month: number, day: number): boolean {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const length = month === 2 && isLeap ? 29 : (monthLengths[month - 1] ?? 0);
  return day >= 1 && day <= length;
}

/** Days of the Gregorian calendar, counted in years that begin in March, so that leap days come last. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const marchMonth = (month + 9) % 12;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + Math.floor((marchMonth * 153 + 2) / 5) + day - 1 - 719_468;
}

function parseString(value: JsonValue): string | undefined {
  if (typeof value === "string") {
    // Lone surrogates cannot be put on the wire as UTF-8.
    return value.isWellFormed() ? value : value.toWellFormed();
  }
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function parseBool(value: JsonValue): boolean | undefined {
  if (typeof value === "boolean") {
    return value;
  }
  switch (typeof value === "string" ? value.toLowerCase() : value) {
    case "true":
    case "1":
    case 1:
      return true;
    case "false":
    case "0":
    case "":
    case 0:
      return false;
    default:
      return undefined;
  }
}

function parseNumber(value: JsonValue): number | undefined {
  if (value === "") {
    return 0;
  }
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function parseInteger(value: JsonValue, min: number, max: number): number | undefined {
  const number = parseNumber(value);
  return number !== undefined && Number.isInteger(number) && number >= min && number <= max
    ? number
    : undefined;
}

function parseInt64(value: JsonValue): bigint | undefined {
  const number = parseInteger(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return number === undefined ? undefined : BigInt(number);
}
