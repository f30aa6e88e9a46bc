import { isObject, type JsonValue } from "../../src/cloud/json.ts";
import type { Answer } from "./exchange.ts";

/** Headers that clients act on. Of these only whether they are there is compared. */
const present = [
  "location",
  "x-openstack-request-id",
  "x-subject-token",
  "etag",
  "retry-after",
  "www-authenticate",
  "openstack-api-version",
  "vary",
  "accept-ranges",
  "content-range",
  "last-modified",
  "allow",
  "openstack-image-import-methods",
];

/** Names of headers that say something of their object begin so. */
const told = /^x-(account|container|object|static|delete|manifest|copied)-?/;

/** In what a sandbox's answer differs from the real one: status, headers that matter, shape of the body. */
export function differences(real: Answer, sandbox: Answer): string[] {
  if (real.status !== sandbox.status) {
    return [`status ${real.status}, sandbox ${sandbox.status}`];
  }
  return [
    ...headerDifferences(real.headers, sandbox.headers),
    ...shapeDifferences(real.body, sandbox.body, ""),
  ];
}

function headerDifferences(real: Headers, sandbox: Headers): string[] {
  const mime = (headers: Headers) => headers.get("content-type")?.split(";")[0] ?? "none";
  const found = mime(real) === mime(sandbox) ? [] : [`content-type ${mime(real)}, sandbox ${mime(sandbox)}`];
  const own = [...real.keys(), ...sandbox.keys()].filter((name) => told.test(name));
  for (const name of new Set([...present, ...own])) {
    if (real.has(name) !== sandbox.has(name)) {
      found.push(`header ${name}: only ${real.has(name) ? "the real one" : "the sandbox"} has it`);
    }
  }
  return found;
}

type Body = JsonValue | string | undefined;

/** Names and types of all that is in a body. Null stands for any type, an empty list for any list. */
function shapeDifferences(real: Body, sandbox: Body, path: string): string[] {
  if (real === null || sandbox === null) {
    return [];
  }
  if (typeOf(real) !== typeOf(sandbox)) {
    return [`${path || "body"}: ${typeOf(real)}, sandbox ${typeOf(sandbox)}`];
  }
  if (Array.isArray(real) && Array.isArray(sandbox)) {
    return real.length === 0 || sandbox.length === 0
      ? []
      : shapeDifferences(together(real), together(sandbox), `${path}[]`);
  }
  if (!isObject(real as JsonValue) || !isObject(sandbox as JsonValue)) {
    return [];
  }
  const [one, two] = [real, sandbox] as [Record<string, JsonValue>, Record<string, JsonValue>];
  return [...new Set([...Object.keys(one), ...Object.keys(two)])].flatMap((key) => {
    const where = path === "" ? key : `${path}.${key}`;
    if (!(key in one) || !(key in two)) {
      return [`${where}: only ${key in one ? "the real one" : "the sandbox"} has it`];
    }
    return shapeDifferences(one[key], two[key], where);
  });
}

/** One object that has all that any of the elements has. */
function together(elements: readonly JsonValue[]): JsonValue {
  const objects = elements.filter(isObject);
  if (objects.length < elements.length) {
    return elements[0] ?? null;
  }
  const all: Record<string, JsonValue> = {};
  for (const [key, value] of objects.flatMap((each) => Object.entries(each))) {
    const before = all[key];
    all[key] = isEmpty(before) ? value : (before as JsonValue);
  }
  return all;
}

function isEmpty(value: JsonValue | undefined): boolean {
  return (
    value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0)
  );
}

function typeOf(value: Body): string {
  return value === undefined ? "nothing" : Array.isArray(value) ? "list" : typeof value;
}
