/** The head of an HTTP/1 answer whose body has a known size. */
export interface ResponseHead {
  readonly status: number;
  /** Headers by their names in lower case; those that came several times as a list. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Size of the body in bytes. Undefined where only its end tells it, which this reader leaves to others. */
  readonly length: number | undefined;
}

/** The largest head, that of all informational answers before it included; Node's own limit. */
export const maxHeadBytes = 16 * 1024;

/** What came is not HTTP, or HTTP that different readers would understand differently. */
export class MalformedHead extends Error {}

const lineEnd = /\r\n/;
const statusLine = /^HTTP\/1\.[01] ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
// RFC 9110, section 5.1 and 5.5. Space before the colon, and lines that go on, are what smuggling is made of.
const fieldLine =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[\t ]*$/;

/**
 * Reads the head of an answer from the start of what came, with the informational
 * ones before it. Undefined: it is not complete yet.
 *
 * @throws MalformedHead as soon as it can be told.
 */
export function readHead(bytes: Buffer): { head: ResponseHead; end: number } | undefined {
  for (let start = 0; ; ) {
    const end = bytes.indexOf("\r\n\r\n", start);
    if ((end === -1 ? bytes.length : end + 4) > maxHeadBytes) {
      throw new MalformedHead("the head is too large");
    }
    if (end === -1) {
      checkStart(bytes.subarray(start));
      return undefined;
    }
    const head = parse(bytes.toString("latin1", start, end));
    start = end + 4;
    if (head.status >= 200) {
      return { head, end: start };
    }
    if (head.status === 101) {
      throw new MalformedHead("another protocol, which nobody asked for");
    }
  }
}

/** What can be no beginning of an answer is not waited for. */
function checkStart(bytes: Buffer): void {
  const expected = "HTTP/1.";
  const size = Math.min(bytes.length, expected.length);
  if (bytes.toString("latin1", 0, size) !== expected.slice(0, size)) {
    throw new MalformedHead("not HTTP");
  }
  // A line feed of its own would never be followed by the end that is looked for.
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at - 1] !== 13) {
      throw new MalformedHead("a line that ends with a line feed only");
    }
  }
}

function parse(text: string): ResponseHead {
  const [first = "", ...lines] = text.split(lineEnd);
  const status = Number(statusLine.exec(first)?.[1]);
  if (Number.isNaN(status)) {
    throw new MalformedHead("no status line");
  }
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const line of lines) {
    const [, given, value = ""] = fieldLine.exec(line) ?? [];
    if (given === undefined) {
      throw new MalformedHead("a header that is none");
    }
    const name = given.toLowerCase();
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return { status, headers, length: lengthOf(status, headers) };
}

function lengthOf(status: number, headers: ResponseHead["headers"]): number | undefined {
  const { "content-length": length, "transfer-encoding": coding } = headers;
  if (length !== undefined && coding !== undefined) {
    throw new MalformedHead("two ways to tell the size of the body");
  }
  if (length !== undefined && (typeof length !== "string" || !/^\d{1,15}$/.test(length))) {
    throw new MalformedHead("a content-length that is none");
  }
  // RFC 9112, section 6.3: these have no body, whatever they say.
  if (status < 200 || status === 204 || status === 304) {
    return 0;
  }
  return length === undefined ? undefined : Number(length);
}
