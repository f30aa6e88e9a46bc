import type { IncomingHttpHeaders } from "node:http";
import { header, type Reply } from "../core/http.ts";
import { authorize } from "./access.ts";
import { bad, findContainer, isTrue, lastModified, quoted, type SwiftCall, SwiftError } from "./call.ts";
import { bodyOf, joined } from "./ranges.ts";
import { again, received } from "./receive.ts";
import { objectOf, type StoredObject } from "./state.ts";
import { segmentsBody } from "./static-large-objects.ts";
import { store } from "./store.ts";

/** `COPY` with a Destination header. */
export function copyTo(call: SwiftCall): Promise<Reply> {
  const destination = header(call.request.headers, "destination");
  if (destination === undefined) {
    throw new SwiftError(412, "Destination header required");
  }
  const [container, object] = names(destination, "Destination");
  const account = header(call.request.headers, "destination-account") ?? call.account;
  return copy(call, { ...call, account, container, object });
}

/** `PUT` with an X-Copy-From header. */
export function copyFrom(call: SwiftCall): Promise<Reply> {
  const { headers } = call.request;
  if (Number(header(headers, "content-length") ?? 0) > 0) {
    throw bad("Copy requests require a zero byte body");
  }
  const [container, object] = names(header(headers, "x-copy-from") ?? "", "X-Copy-From");
  const account = header(headers, "x-copy-from-account") ?? call.account;
  return copy({ ...call, account, container, object }, call);
}

function names(value: string, what: string): [string, string] {
  const [, container, object] = /^\/?([^/]+)\/(.+)$/s.exec(unquoted(value)) ?? [];
  if (container === undefined || object === undefined) {
    throw new SwiftError(412, `${what} header must be of the form <container name>/<object name>`);
  }
  return [container, object];
}

function unquoted(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new SwiftError(412, "Invalid UTF8 or contains NULL");
  }
}

async function copy(from: SwiftCall, to: SwiftCall): Promise<Reply> {
  const there = findContainer(from);
  authorize(from, there?.headers.get("x-container-read"));
  const source = objectOf(from.state, there, from.object);
  if (source === undefined) {
    throw new SwiftError(404);
  }
  const target = findContainer(to);
  authorize(to, target?.headers.get("x-container-write"));
  if (target === undefined) {
    throw new SwiftError(404);
  }
  const headers = copiedHeaders(to.request.headers, source);
  const asIs = from.request.query.get("multipart-manifest") === "get";
  const large = asIs ? source.large : undefined;
  const whole = source.large === undefined || asIs ? undefined : segmentsBody(from, source.large);
  const data =
    whole === undefined
      ? again(to, source)
      : await received(to, joined([whole, bodyOf([])]).slice(0, whole.size));
  const reply = store(to, target, data, large, headers);
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => /^x-object-meta-/.test(name)));
  return {
    ...reply,
    headers: {
      ...reply.headers,
      "x-copied-from-account": quoted(from.account),
      "x-copied-from": quoted(`${from.container}/${from.object}`),
      "x-copied-from-last-modified": lastModified(source.changedAt),
      ...(kept as Record<string, string>),
    },
  };
}

function copiedHeaders(own: IncomingHttpHeaders, source: StoredObject): IncomingHttpHeaders {
  const { deleteAt, contentType } = source;
  const fresh = isTrue(header(own, "x-fresh-metadata"));
  const { "x-object-manifest": _, ...old } = Object.fromEntries(source.headers);
  return {
    ...(fresh ? {} : old),
    ...(fresh || deleteAt === undefined ? {} : { "x-delete-at": String(deleteAt) }),
    ...own,
    "content-type": header(own, "content-type") || contentType,
  };
}
