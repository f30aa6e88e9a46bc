import { randomBytes } from "node:crypto";
import type { Reply } from "../core/http.ts";
import { answer } from "./call.ts";

/** The bytes of an answer: how many there are, and a way to some of them. */
export interface Body {
  readonly size: number;
  /** The parts that hold the bytes from `start` to before `end`. */
  slice(start: number, end: number): readonly Buffer[];
}

/** Bytes that are there in parts. */
export function bodyOf(parts: readonly Buffer[]): Body {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return {
    size,
    slice(start, end) {
      const found: Buffer[] = [];
      let at = 0;
      for (const part of parts) {
        if (at < end && at + part.length > start) {
          found.push(part.subarray(Math.max(0, start - at), Math.min(part.length, end - at)));
        }
        at += part.length;
      }
      return found;
    },
  };
}

/** Bodies one after the other. */
export function joined(bodies: readonly Body[]): Body {
  return {
    size: bodies.reduce((sum, { size }) => sum + size, 0),
    slice(start, end) {
      const found: (readonly Buffer[])[] = [];
      let at = 0;
      for (const body of bodies) {
        if (at < end && at + body.size > start) {
          found.push(body.slice(Math.max(0, start - at), Math.min(body.size, end - at)));
        }
        at += body.size;
      }
      return found.flat();
    },
  };
}

/** The ranges of a header within so many bytes, ends excluded; undefined when it says none that one can read. */
export function rangesIn(header: string | undefined, size: number): [number, number][] | undefined {
  const list = /^bytes=(.+)$/.exec(header ?? "")?.[1]?.split(",");
  if (list === undefined) {
    return undefined;
  }
  const found: [number, number][] = [];
  for (const each of list) {
    const [, from, to] = /^\s*(\d*)-(\d*)\s*$/.exec(each) ?? [];
    if (
      from === undefined ||
      to === undefined ||
      from + to === "" ||
      (from !== "" && to !== "" && +to < +from)
    ) {
      return undefined;
    }
    const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
    const end = from === "" || to === "" ? size : Math.min(Number(to) + 1, size);
    if (start < end) {
      found.push([start, end]);
    }
  }
  return found;
}

/** The answer with the bytes, or with those of the ranges that were asked for. */
export function ranged(body: Body, range: string | undefined, headers: Record<string, string>): Reply {
  const ranges = rangesIn(range, body.size);
  if (ranges === undefined) {
    return { status: 200, headers, bytes: body.slice(0, body.size) };
  }
  const [first] = ranges;
  if (first === undefined) {
    const refused = answer(416, undefined, { ...headers, "content-range": `bytes */${body.size}` });
    return { ...refused, headers: { ...refused.headers, "content-type": headers["content-type"] ?? "" } };
  }
  if (ranges.length === 1) {
    const [start, end] = first;
    return {
      status: 206,
      headers: { ...headers, "content-range": `bytes ${start}-${end - 1}/${body.size}` },
      bytes: body.slice(start, end),
    };
  }
  const boundary = randomBytes(16).toString("hex");
  const parts = ranges.flatMap(([start, end]) => [
    Buffer.from(
      `--${boundary}\r\nContent-Type: ${headers["content-type"]}\r\nContent-Range: bytes ${start}-${end - 1}/${body.size}\r\n\r\n`,
    ),
    ...body.slice(start, end),
    Buffer.from("\r\n"),
  ]);
  return {
    status: 206,
    headers: { ...headers, "content-type": `multipart/byteranges;boundary=${boundary}` },
    bytes: [...parts, Buffer.from(`--${boundary}--`)],
  };
}
