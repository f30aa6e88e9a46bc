import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { Writable } from "node:stream";
import { create } from "@bufbuild/protobuf";
import type { Interceptor, Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { pino } from "pino";
import type { Call, Caller } from "../../src/cloud/region.ts";
import { type Handler, type Handlers, methodName } from "../../src/rest/handler.ts";
import type { CallerSource } from "../../src/rpc/caller.ts";
import { apiServices } from "../../src/rpc/schema.ts";
import type { RunningServer } from "../../src/server/front-door.ts";
import { type StartOptions, startServer } from "../../src/server/start.ts";

/** The token of every server here; it must not turn up anywhere else. */
export const token = "canary-3b1f9c52-token";

/** Personal use: whoever has the token is this caller. */
export const personal: CallerSource = {
  hasCredentials: true,
  personal: () => caller("personal"),
  withToken: () => {
    throw new Error("personal use takes no tokens of others");
  },
};

/** Shared use: the label says what was passed on. */
export const shared: CallerSource = {
  hasCredentials: false,
  personal: () => {
    throw new Error("shared use has no caller of its own");
  },
  withToken: (cloud, given) => caller(`${cloud ?? "the only cloud"} with ${given.length} characters`),
};

function caller(label: string): Caller {
  return { label, regions: async () => [] };
}

/** Handlers for every RPC: the given ones, by `Service.Method`; the others answer with an empty message. */
export function handlers(
  own: Readonly<Record<string, (request: never, call: Call) => unknown>> = {},
): Handlers {
  const all = new Map<string, Handler>();
  for (const method of apiServices.flatMap((service) => service.methods)) {
    const given = own[`${method.parent.name}.${method.name}`];
    const empty = async () => create(method.output);
    all.set(methodName(method), (given ?? empty) as Handler);
  }
  return all;
}

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A server on a port of its own, and what it logged. */
export interface TestServer extends RunningServer {
  /** The log so far, as text. */
  readonly text: () => string;
  /** The next line about this RPC, `Service/Method`, or the one that is there. */
  readonly line: (method: string) => Promise<LogLine>;
}

/** Starts a server; the caller closes it. */
export async function start(options: Partial<StartOptions> = {}): Promise<TestServer> {
  let text = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
      sink.emit("line");
    },
  });
  const server = await startServer({
    listen: { host: "127.0.0.1", port: 0 },
    handlers: handlers(),
    clouds: personal,
    token,
    logger: pino({ level: "trace" }, sink),
    ...options,
  });
  return {
    ...server,
    text: () => text,
    async line(method) {
      for (;;) {
        const lines = text
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line) as LogLine);
        const found = lines.find((line) => String(line.method).endsWith(method));
        if (found !== undefined) {
          return found;
        }
        await once(sink, "line");
      }
    },
  };
}

const authorize: Interceptor = (next) => (request) => {
  request.header.set("authorization", `Bearer ${token}`);
  return next(request);
};

/** The ways in which clients come. */
export const ways = [
  "gRPC",
  "gRPC-Web",
  "gRPC-Web over HTTP/2",
  "Connect",
  "Connect JSON over HTTP/2",
] as const;

/** A client's transport, with the token. */
export function transport(baseUrl: string, way: (typeof ways)[number], tls?: { ca: Buffer }): Transport {
  const interceptors = [authorize];
  const http1 = { baseUrl, interceptors, httpVersion: "1.1", ...(tls && { nodeOptions: tls }) } as const;
  const http2 = { baseUrl, interceptors, httpVersion: "2", ...(tls && { nodeOptions: tls }) } as const;
  switch (way) {
    case "gRPC":
      return createGrpcTransport({ baseUrl, interceptors, ...(tls && { nodeOptions: tls }) });
    case "gRPC-Web":
      return createGrpcWebTransport(http1);
    case "gRPC-Web over HTTP/2":
      return createGrpcWebTransport(http2);
    case "Connect":
      return createConnectTransport({ ...http1, useBinaryFormat: true });
    case "Connect JSON over HTTP/2":
      return createConnectTransport({ ...http2, useBinaryFormat: false });
  }
}

/** All messages of a stream. */
export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const messages: T[] = [];
  for await (const message of stream) {
    messages.push(message);
  }
  return messages;
}

/** The answer to a plain HTTP request. */
export interface Answer {
  /** HTTP status. */
  readonly status: number;
  /** Headers. */
  readonly headers: IncomingHttpHeaders;
  /** Body as text. */
  readonly body: string;
  /** Body as JSON. */
  readonly json: () => { code?: string; message?: string; details?: { debug?: Record<string, unknown> }[] };
}

/** A plain HTTP/1.1 request on a connection of its own; JSON and the token unless the headers say otherwise. */
export async function plain(
  url: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array } = {},
): Promise<Answer> {
  const { method = "POST", headers = {} } = options;
  const body = options.body ?? (method === "POST" ? "{}" : "");
  const request = httpRequest(`${url}${path}`, {
    method,
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { "content-type": "application/json" }),
      ...headers,
    },
  });
  // A server that refuses a request may hang up before it has read it.
  request.on("error", () => {});
  request.end(body);
  const [response] = await once(request, "response");
  response.setEncoding("utf8");
  const text = (await response.toArray()).join("");
  return {
    status: response.statusCode,
    headers: response.headers,
    body: text,
    json: () => JSON.parse(text),
  };
}
