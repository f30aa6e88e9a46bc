import { setTimeout as delay } from "node:timers/promises";
import { isObject, type JsonValue } from "../../src/cloud/json.ts";
import { Upstream } from "../support/upstream.ts";
import type { CloudEntry } from "../support/worlds.ts";

/** One request of the corpus. `{name}` in path, headers and body stands for what an earlier answer gave. */
export interface Exchange {
  readonly service: string;
  readonly user: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or bytes as they are. */
  readonly body: JsonValue | string | undefined;
  /** What of the answer later requests need: names, and where in the body it stands, as in `server.id`. */
  readonly keeps: Readonly<Record<string, string>>;
  /** Ask again until this part of the body is one of these words. */
  readonly until: readonly [path: string, ...words: string[]] | undefined;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonValue | string | undefined;
}

/** What each world calls the things that both have. */
export type Names = Map<string, string>;

/** Longest that a state is waited for; the real cloud boots a server in some seconds. */
const untilMs = 120_000;

/** Runs requests in their order against one world. */
export class Exchanges {
  readonly #names: Names;
  readonly #clients: ReadonlyMap<string, Upstream>;

  private constructor(names: Names, clients: ReadonlyMap<string, Upstream>) {
    this.#names = names;
    this.#clients = clients;
  }

  /** Logs in all users of a world. */
  static async open(clouds: Readonly<Record<string, CloudEntry>>, names: Names): Promise<Exchanges> {
    const clients = new Map<string, Upstream>();
    for (const [user, entry] of Object.entries(clouds)) {
      if (entry.auth.project_name !== undefined && entry.region_name === "RegionOne") {
        const client = await Upstream.login(entry);
        clients.set(user, client);
        names.set(`${user}_project`, client.projectId);
      }
    }
    return new Exchanges(names, clients);
  }

  /** Sends one request, again and again if a state is waited for. */
  async send(exchange: Exchange): Promise<Answer> {
    const end = Date.now() + untilMs;
    for (;;) {
      const answer = await this.#send(exchange);
      const [path, ...words] = exchange.until ?? [""];
      if (exchange.until === undefined || words.includes(String(at(answer.body, path))) || Date.now() > end) {
        for (const [name, where] of Object.entries(exchange.keeps)) {
          this.#names.set(name, String(at(answer.body, where)));
        }
        return answer;
      }
      await delay(100);
    }
  }

  async #send({ service, user, method, path, headers, body }: Exchange): Promise<Answer> {
    const client = this.#clients.get(user);
    const isBytes = typeof body === "string";
    const text = body === undefined ? undefined : this.#fill(isBytes ? body : JSON.stringify(body), !isBytes);
    const response = await fetch(`${this.#endpoint(service, user)}${this.#fill(path)}`, {
      method,
      headers: {
        ...(client === undefined ? {} : client.headers),
        ...(body === undefined || isBytes ? {} : { "content-type": "application/json" }),
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, this.#fill(value)])),
      },
      redirect: "manual",
      ...(text === undefined ? {} : { body: text }),
    });
    return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
  }

  /** Of some services each project has its own; who has no project goes to demo's, as does who asks for another's. */
  #endpoint(service: string, user: string): string {
    const own = user === "admin" && service !== "object-store" ? user : "demo";
    const client = this.#clients.get(own);
    if (client === undefined) {
      throw new Error(`there is no user ${own}`);
    }
    return client.endpoint(service);
  }

  #fill(text: string, isJson = false): string {
    return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
      const value = this.#names.get(name);
      return value === undefined ? whole : isJson ? JSON.stringify(value).slice(1, -1) : value;
    });
  }
}

function parsed(text: string): JsonValue | string | undefined {
  if (text === "") {
    return undefined;
  }
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/** A part of a body, such as `servers.0.id`. */
function at(body: JsonValue | string | undefined, path: string): unknown {
  let value: unknown = body;
  for (const key of path.split(".")) {
    value = Array.isArray(value)
      ? value[Number(key)]
      : isObject(value as JsonValue)
        ? (value as Record<string, unknown>)[key]
        : undefined;
  }
  return value;
}
