import type { Test } from "tap";
import { isObject, type JsonObject, type JsonValue } from "../../src/cloud/json.ts";
import type { CloudName } from "../../src/sandbox/clouds.ts";
import { frozenClock } from "../../src/sandbox/core/clock.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/start.ts";

/** What a test may say of a request. */
export interface Ask {
  /** Who asks. Default demo; null for nobody. */
  readonly user?: CloudName | null;
  /** Nova's microversion. */
  readonly version?: string;
  /** Sent as JSON, unless it is bytes. */
  readonly body?: JsonValue | Uint8Array;
  /** Further headers. */
  readonly headers?: Record<string, string>;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body. @throws when it is no JSON object. */
  readonly json: JsonObject;
}

/** A sandbox with a frozen clock, and a client of it. */
export interface Client {
  readonly sandbox: Sandbox;
  /** Asks: `ask("GET", "/compute/v2.1/servers")`. */
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  /** Id of the network, image or flavor of this name. */
  id(path: string, key: string, name: string): Promise<string>;
}

/** Starts a sandbox that ends with the test. */
export async function open(t: Test, options: SandboxOptions = {}): Promise<Client> {
  const sandbox = await startSandbox({ clock: frozenClock(), ...options });
  t.teardown(() => sandbox.close());
  const tokens = new Map<CloudName, string>();

  async function token(user: CloudName): Promise<string> {
    const known = tokens.get(user);
    if (known !== undefined) {
      return known;
    }
    const answer = await fetch(`${sandbox.url}/identity/v3/auth/tokens`, {
      method: "POST",
      body: JSON.stringify(passwordAuth(sandbox, user)),
    });
    const made = answer.headers.get("x-subject-token") ?? "";
    tokens.set(user, made);
    return made;
  }

  async function ask(method: string, path: string, { user = "demo", version, body, headers = {} }: Ask = {}) {
    const answer = await fetch(sandbox.url + path, {
      method,
      headers: {
        ...(user === null ? {} : { "x-auth-token": await token(user) }),
        ...(version === undefined ? {} : { "openstack-api-version": `compute ${version}` }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      get json() {
        const value: unknown = JSON.parse(text);
        if (!isObject(value)) {
          throw new TypeError("the body is no JSON object");
        }
        return value;
      },
    };
  }

  async function id(path: string, key: string, name: string): Promise<string> {
    const items = (await ask("GET", path)).json[key] as JsonObject[];
    return String(items.find((item) => item.name === name)?.id);
  }

  return { sandbox, ask, id };
}

/** The body that asks for a user's token. */
export function passwordAuth(sandbox: Sandbox, user: CloudName): JsonObject {
  const { auth } = sandbox.cloud(user);
  const domain = { name: "Default" };
  return {
    auth: {
      identity: {
        methods: ["password"],
        password: { user: { name: auth.username, domain, password: auth.password } },
      },
      scope:
        auth.project_name === undefined
          ? { system: { all: true } }
          : { project: { name: auth.project_name, domain } },
    },
  };
}

/** Makes a server, and tells its id. */
export async function createServer(client: Client, changes: JsonObject = {}, ask: Ask = {}): Promise<string> {
  const server = {
    name: "one",
    flavorRef: "42",
    imageRef: await client.id("/image/v2/images", "images", "lab-small"),
    networks: [{ uuid: await client.id("/network/v2.0/networks", "networks", "private") }],
    ...changes,
  };
  const answer = await client.ask("POST", "/compute/v2.1/servers", {
    version: "2.93",
    body: { server },
    ...ask,
  });
  return String((answer.json.server as JsonObject).id);
}
