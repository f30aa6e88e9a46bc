import { Fault } from "./fault.ts";

declare const checked: unique symbol;

/** Stands in paths of the schema for the id of the calling user. */
const callerSlot = "{caller}";

/**
 * A path in which every value from outside is one percent-encoded segment. Only
 * this file makes them, so no name can reach a resource other than its own.
 */
export type Path = string & { readonly [checked]: true };

/**
 * Makes a path: path`/servers/${id}/action`.
 *
 * @throws Fault `INVALID_REQUEST` for a value that cannot be a segment, see {@link isSegment}.
 */
export function path(literals: TemplateStringsArray, ...values: string[]): Path {
  return String.raw({ raw: literals }, ...values.map(segment)) as Path;
}

/** Joins checked paths, the second one starting with a slash or empty. */
export function join(base: Path, rest: Path): Path {
  return (base + rest) as Path;
}

/**
 * Fills the `{names}` of a path from the schema.
 *
 * @throws Fault `INVALID_REQUEST` as {@link path} does.
 */
export function fillPath(template: string, values: Readonly<Record<string, string>>): Path {
  return template.replaceAll(/\{(\w+)\}/g, (slot, name: string) =>
    slot === callerSlot ? slot : segment(values[name] ?? ""),
  ) as Path;
}

/** Puts the id of the calling user in. No value from outside can hold the slot: braces are encoded in all of them. */
export function callerPath(path: Path, userId: string): Path {
  return path.includes(callerSlot) ? (path.replace(callerSlot, segment(userId)) as Path) : path;
}

/** A path from Oaktree's own schema or catalogue, not from a request. */
export function literalPath(text: string): Path {
  return text as Path;
}

/**
 * Whether the value may stand in a path. WSGI servers decode `%2F` before they
 * route (PEP 3333, PATH_INFO), and URL parsers fold `%2e%2e` like `..` (WHATWG
 * URL), so encoding alone does not keep `a/b`, `.` and `..` in their place.
 */
export function isSegment(value: string): boolean {
  return (
    value !== "" &&
    value !== "." &&
    value !== ".." &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
    !/[/\\\u0000-\u001f\u007f]/.test(value) &&
    value.isWellFormed()
  );
}

/**
 * The path of an object below its container. Its name is all that follows, slashes
 * and all, and goes out as it is: `a//b`, `/a` and `a/` are objects of their own.
 *
 * @throws Fault `INVALID_REQUEST` for a name with a segment `.` or `..`: however it is
 * encoded, a proxy may fold it, and then it is another object or a whole container.
 */
export function objectPath(container: string, name: string): Path {
  const segments = name.split("/");
  const folds = segments.some((part) => part === "." || part === "..");
  // A backslash is a slash to some URL parsers.
  if (name === "" || folds || /[\\\0]/.test(name) || !name.isWellFormed()) {
    throw new Fault(
      "INVALID_REQUEST",
      `${JSON.stringify(name)} cannot be reached safely as the name of an object`,
    );
  }
  return join(path`/${container}/`, segments.map(encodeURIComponent).join("/") as Path);
}

function segment(value: string): string {
  if (!isSegment(value)) {
    throw new Fault(
      "INVALID_REQUEST",
      `${JSON.stringify(value)} cannot be the name of anything in the cloud`,
    );
  }
  return encodeURIComponent(value);
}
