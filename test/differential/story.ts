import type { JsonValue } from "../../src/cloud/json.ts";
import type { Exchange } from "./exchange.ts";

/** What may be said of a request besides its method, path and body. */
export interface More {
  readonly user?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly keeps?: Readonly<Record<string, string>>;
  readonly until?: readonly [path: string, ...words: string[]];
}

/** A list of requests to one service, in the order in which they are sent. */
export class Story {
  readonly exchanges: Exchange[] = [];
  readonly #service: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** Requests carry the headers, and come from user `demo` unless they say otherwise. */
  constructor(service: string, headers: Readonly<Record<string, string>> = {}) {
    this.#service = service;
    this.#headers = headers;
  }

  /** Adds a request. */
  send(method: string, path: string, body?: JsonValue | string, more: More = {}): this {
    const { user = "demo", headers = {}, keeps = {}, until } = more;
    this.exchanges.push({
      service: this.#service,
      user,
      method,
      path,
      headers: { ...this.#headers, ...headers },
      body,
      keeps,
      until,
    });
    return this;
  }

  /** Adds a GET. */
  get(path: string, more: More = {}): this {
    return this.send("GET", path, undefined, more);
  }

  /** Adds GETs of several paths. */
  gets(...paths: string[]): this {
    for (const path of paths) {
      this.get(path);
    }
    return this;
  }

  /** Adds a POST. */
  post(path: string, body?: JsonValue | string, more: More = {}): this {
    return this.send("POST", path, body, more);
  }

  /** Adds a PUT. */
  put(path: string, body?: JsonValue | string, more: More = {}): this {
    return this.send("PUT", path, body, more);
  }

  /** Adds a DELETE. */
  delete(path: string, more: More = {}): this {
    return this.send("DELETE", path, undefined, more);
  }
}
