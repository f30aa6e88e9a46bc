import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultOutcome, Faults } from "./faults.ts";
import { BodyTooLarge, type Reply, type Request, type Service } from "./http.ts";
import type { RequestLog } from "./request-log.ts";
import type { Timeline } from "./timeline.ts";

/** Most bytes of a body that is not the data of an image or an object. */
const bodyLimit = 1024 * 1024;

/** What the HTTP server stands on. */
export interface ServerParts {
  /** The services by the first segment of their paths, which they do not see. */
  readonly services: Readonly<Record<string, Service>>;
  /** First segments that belong to a service without one of its own, and its name; that one sees the whole path. */
  readonly rooted: Readonly<Record<string, string>>;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly timeline: Timeline;
  /** The sandbox's address. */
  url(): string;
}

/** Makes the HTTP server: the first segment of the path names the service. */
export function httpServer(parts: ServerParts): Server {
  const server = createServer({ keepAlive: true }, (incoming, response) => {
    handle(parts, incoming, response).catch(() => response.destroy());
  });
  // A client that waits for `100 Continue` gets it when a service reads the body, as from eventlet.
  server.on("checkContinue", (incoming: IncomingMessage, response: ServerResponse) => {
    handle(parts, incoming, response, () => response.writeContinue()).catch(() => response.destroy());
  });
  // Uploads may take their time; headers may not.
  server.requestTimeout = 0;
  server.headersTimeout = 30_000;
  return server;
}

async function handle(
  parts: ServerParts,
  incoming: IncomingMessage,
  response: ServerResponse,
  goOn: () => void = () => {},
): Promise<void> {
  const { method = "GET", url = "/" } = incoming;
  const [rawPath = "/", rawQuery = ""] = url.split(/\?(.*)/s, 2);
  const first = rawPath.split("/", 2)[1] ?? "";
  const rooted = Object.hasOwn(parts.rooted, first) ? parts.rooted[first] : undefined;
  const name = rooted ?? first;
  const service = Object.hasOwn(parts.services, name) ? parts.services[name] : undefined;
  const prefix = service === undefined ? "" : name;
  parts.log.add(prefix, method, url, incoming.headers);
  const fault = parts.faults.take(prefix, method, rawPath);
  const late = parts.faults.delay();
  if (late > 0) {
    await sleep(late);
  }
  if (fault?.kind === "drop-before") {
    incoming.socket.destroy();
    return;
  }
  if (fault?.kind === "answer") {
    const { status, headers = {}, body } = fault;
    await send(
      parts,
      method,
      response,
      body === undefined ? { status, headers } : { status, headers, json: body },
    );
    return;
  }
  parts.timeline.settle();
  const query = new URLSearchParams(rawQuery);
  for (const name of fault?.kind === "ignore-query" ? fault.names : []) {
    query.delete(name);
  }
  let reply: Reply;
  if (service === undefined) {
    reply = { status: 404, headers: { "content-type": "text/plain" }, text: "Not Found" };
  } else {
    // Swift looks at a malformed path itself, with U+FFFD for what is no UTF-8.
    const path =
      rooted === undefined
        ? decoded(rawPath.slice(prefix.length + 1))
        : (decoded(rawPath) ?? unescape(rawPath).replaceAll(/[\x80-\xff]/g, "\ufffd"));
    reply =
      path === undefined
        ? malformed
        : await run(
            service,
            rooted === undefined ? `${parts.url()}/${prefix}` : parts.url(),
            path,
            query,
            incoming,
            goOn,
          );
  }
  await finish(parts, method, incoming, response, reply, fault);
}

const malformed: Reply = { status: 400, headers: { "content-type": "text/plain" }, text: "Bad Request" };

/** WSGI servers decode the path as a whole before they route: `%2F` is a slash (PEP 3333, PATH_INFO). */
function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

async function run(
  service: Service,
  base: string,
  path: string,
  query: URLSearchParams,
  incoming: IncomingMessage,
  goOn: () => void,
): Promise<Reply> {
  const request: Request = {
    method: incoming.method ?? "GET",
    path,
    params: {},
    query,
    headers: incoming.headers,
    base,
    body: (limit = bodyLimit) => {
      goOn();
      return read(incoming, limit);
    },
    stream: () => {
      goOn();
      return incoming;
    },
  };
  try {
    return await service(request);
  } catch (error) {
    if (error instanceof BodyTooLarge) {
      return { status: 413, headers: { "content-type": "text/plain" }, text: "Request is too large." };
    }
    throw error;
  }
}

async function read(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      throw new BodyTooLarge();
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function finish(
  parts: ServerParts,
  method: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  fault: FaultOutcome | undefined,
): Promise<void> {
  switch (fault?.kind) {
    case "drop-after":
      incoming.socket.destroy();
      return;
    case "delay":
      await (fault.until ?? sleep(fault.milliseconds ?? 0));
      break;
    case "garbage":
      await send(parts, method, response, {
        status: reply.status,
        headers: { "content-type": "application/json", ...reply.headers },
        text: '<html>{"oops',
      });
      return;
    case "truncated": {
      const body = Buffer.concat(bodyOf(reply));
      response.writeHead(reply.status, { ...headersOf(parts, reply), "content-length": body.length });
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
      return;
    }
  }
  await send(parts, method, response, reply);
}

function bodyOf(reply: Reply): readonly Buffer[] {
  if (reply.json !== undefined) {
    return [Buffer.from(JSON.stringify(reply.json))];
  }
  const bytes = reply.bytes ?? Buffer.from(reply.text ?? "");
  return Buffer.isBuffer(bytes) ? [bytes] : bytes;
}

/** The Date header is of the sandbox's clock, as clients measure by it. */
function headersOf(parts: ServerParts, reply: Reply): Record<string, string | string[]> {
  const date = new Date(parts.timeline.now()).toUTCString();
  const type = reply.json === undefined ? {} : { "content-type": "application/json" };
  return { date, ...type, ...reply.headers };
}

async function send(
  parts: ServerParts,
  method: string,
  response: ServerResponse,
  reply: Reply,
): Promise<void> {
  const body = bodyOf(reply);
  const headers = headersOf(parts, reply);
  // Only what answers HEAD may tell another length than it has.
  const told = method === "HEAD" ? headers["content-length"]?.toString() : undefined;
  const length = told ?? String(body.reduce((sum, part) => sum + part.length, 0));
  // What is left of the request's body is not worth reading: the connection goes with it.
  const close = response.req.complete ? {} : { connection: "close" };
  response.writeHead(reply.status, { ...headers, "content-length": length, ...close });
  if (method !== "HEAD" && reply.status !== 204) {
    for (const part of body) {
      if (!response.write(part) && !response.destroyed) {
        await drained(response);
      }
    }
  }
  response.end();
}

/** Waits until there is room for more, or nobody takes it any longer; and leaves no listener behind, whichever came. */
async function drained(response: ServerResponse): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  try {
    await Promise.race([once(response, "drain", { signal }), once(response, "close", { signal })]);
  } finally {
    over.abort();
  }
}
