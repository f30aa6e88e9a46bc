import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { JsonValue } from "../../cloud/json.ts";

/** A request as a service sees it. */
export interface Request {
  /** Method, in upper case. */
  readonly method: string;
  /** Path below the service's prefix, percent-decoded as a whole, as WSGI servers do (PEP 3333, PATH_INFO). */
  readonly path: string;
  /** What the route's `:names` matched. */
  readonly params: Readonly<Record<string, string>>;
  /** Query. */
  readonly query: URLSearchParams;
  /** Headers, in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** The service's own address, without the prefix of its version: `http://127.0.0.1:PORT/compute`. */
  readonly base: string;
  /** Body, at most 1 MiB unless another limit is given. @throws BodyTooLarge. */
  body(limit?: number): Promise<Buffer>;
  /** The body as a stream, for uploads. Who waits for `100 Continue` gets it now. */
  stream(): IncomingMessage;
}

/** A service's answer. */
export interface Reply {
  /** HTTP status. */
  readonly status: number;
  /** Headers. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Sent as JSON. */
  readonly json?: JsonValue;
  /** Sent as it is; needs a content-type header. */
  readonly text?: string;
  /** Sent as it is, part after part. */
  readonly bytes?: Buffer | readonly Buffer[];
}

/** A part of OpenStack: takes the requests below its prefix. */
export type Service = (request: Request) => Promise<Reply>;

/** A body over the limit of {@link Request.body}. */
export class BodyTooLarge extends Error {}

/** A route table: `GET /servers/:id` leads to a handler. A `:name` is one path segment. */
export class Routes<Handler> {
  readonly #routes: { method: string; pattern: RegExp; names: string[]; handler: Handler }[] = [];

  constructor(table: Readonly<Record<string, Handler>>) {
    for (const [route, handler] of Object.entries(table)) {
      const [method = "", path = ""] = route.split(" ");
      const names = [...path.matchAll(/:(\w+)/g)].map((match) => match[1] as string);
      const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/:\w+/g, "([^/]+)")}$`);
      this.#routes.push({ method, pattern, names, handler });
    }
  }

  /** The first route that fits; without one, the methods that the path knows. */
  match(method: string, path: string): { handler: Handler; params: Record<string, string> } | string[] {
    const methods: string[] = [];
    for (const route of this.#routes) {
      const match = route.pattern.exec(path);
      if (match === null) {
        continue;
      }
      if (route.method === method) {
        const params = Object.fromEntries(
          route.names.map((name, index) => [name, match[index + 1] as string]),
        );
        return { handler: route.handler, params };
      }
      methods.push(route.method);
    }
    return methods;
  }
}

/** The value of a header that may come once. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
