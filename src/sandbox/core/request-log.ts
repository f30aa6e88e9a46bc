import type { IncomingHttpHeaders } from "node:http";

/** One request that came in. It never holds a token, a password or a body. */
export interface LoggedRequest<Name extends string = string> {
  /** Service that it was for. */
  readonly service: Name | "";
  /** Method. */
  readonly method: string;
  /** Path with the service's prefix, as it came. */
  readonly path: string;
  /** Query, as it came, without the question mark. */
  readonly query: string;
  /** The headers in {@link loggedHeaders}. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that are kept; all are free of secrets. */
export const loggedHeaders: readonly string[] = [
  "accept",
  "content-length",
  "content-type",
  "openstack-api-version",
  "openstack-identity-access-rules",
  "range",
  "traceparent",
  "user-agent",
  "x-openstack-nova-api-version",
  "x-openstack-request-id",
];

/** The last requests, oldest first. */
export class RequestLog<Name extends string = string> {
  readonly #size: number;
  #requests: LoggedRequest<Name>[] = [];
  #total = 0;

  /** Keeps at most `size` requests. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Notes a request. */
  add(service: Name | "", method: string, url: string, headers: IncomingHttpHeaders): void {
    const [path = "", query = ""] = url.split(/\?(.*)/s, 2);
    const kept: Record<string, string> = {};
    for (const name of loggedHeaders) {
      const value = headers[name];
      if (value !== undefined) {
        kept[name] = String(value);
      }
    }
    this.#total++;
    this.#requests.push({ service, method, path, query, headers: kept });
    if (this.#requests.length > 2 * this.#size) {
      this.#requests = this.#requests.slice(-this.#size);
    }
  }

  /** What came in and fits, oldest first. */
  list(match: { service?: Name; method?: string; path?: RegExp } = {}): LoggedRequest<Name>[] {
    return this.#requests
      .slice(-this.#size)
      .filter(
        (request) =>
          (match.service === undefined || match.service === request.service) &&
          (match.method === undefined || match.method === request.method) &&
          (match.path === undefined || match.path.test(request.path)),
      );
  }

  /** How many came in since the start, whether still kept or not. */
  get total(): number {
    return this.#total;
  }

  /** Forgets what came in. */
  clear(): void {
    this.#requests = [];
    this.#total = 0;
  }
}
