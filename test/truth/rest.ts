// What a client of OpenStack itself sees, without an Oaktree between: each of these tests
// runs on the sandbox and on the real OpenStack, and where they differ the sandbox is wrong.
import { readFile } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import t, { type Test } from "tap";
import { parse } from "yaml";
import { isObject, type JsonObject } from "../../src/cloud/json.ts";
import { type SandboxOptions, startSandbox } from "../../src/sandbox/start.ts";

/** What a test may say of a request. */
export interface Ask {
  /** Who asks. Default demo; null for nobody. */
  readonly user?: string | null;
  /** A token to send instead of the user's. */
  readonly token?: string;
  /** Further headers. */
  readonly headers?: Record<string, string>;
  /** Sent as JSON, unless it is text or bytes. */
  readonly body?: unknown;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  readonly json: JsonObject;
}

/** An OpenStack without anything in front of it. */
export interface Rest {
  /** Which of them. */
  readonly kind: "sandbox" | "openstack";
  /** Asks a service: `ask("object-store", "GET", "/container")`; the path is below the endpoint of the catalogue. */
  ask(service: string, method: string, path: string, ask?: Ask): Promise<Answer>;
  /** The token of a user, and what Keystone says of it. */
  token(user: string): Promise<{ id: string; token: JsonObject }>;
  /** The address of a service for a user. */
  endpoint(service: string, user?: string): Promise<string>;
  /** Sends a request to any address. */
  send(
    method: string,
    url: string,
    headers?: Record<string, string>,
    body?: string | Uint8Array,
  ): Promise<Answer>;
  /** The entry of clouds.yaml of a user. */
  auth(user: string): Readonly<Record<string, string>>;
  /** A name that no other run has. */
  unique(prefix: string): string;
}

const openstackFile = process.env.OAKTREE_TEST_OPENSTACK;

/** Runs a test on every OpenStack that is there. */
export function truth(
  title: string,
  body: (t: Test, rest: Rest) => Promise<void>,
  options: SandboxOptions = {},
): void {
  t.test(`${title} (sandbox)`, { timeout: 240_000 }, async (t) => {
    const sandbox = await startSandbox({ buildMs: 50, deleteMs: 50, ...options });
    t.teardown(() => sandbox.close());
    await body(t, await rest("sandbox", sandbox.cloudsYaml()));
  });
  if (openstackFile !== undefined) {
    t.test(`${title} (openstack)`, { timeout: 600_000 }, async (t) =>
      body(t, await rest("openstack", await readFile(openstackFile, "utf8"))),
    );
  }
}

async function rest(kind: Rest["kind"], cloudsYaml: string): Promise<Rest> {
  const { clouds } = parse(cloudsYaml) as { clouds: Record<string, { auth: Record<string, string> }> };
  const auth = (user: string) => clouds[user]?.auth ?? {};
  const tokens = new Map<string, Promise<{ id: string; token: JsonObject }>>();

  async function login(user: string) {
    const { auth_url, username, password, project_name } = auth(user);
    const domain = { name: "Default" };
    const scope =
      project_name === undefined ? { system: { all: true } } : { project: { name: project_name, domain } };
    const proof = { methods: ["password"], password: { user: { name: username, domain, password } } };
    const answer = await send(
      "POST",
      `${auth_url}/auth/tokens`,
      { "content-type": "application/json" },
      JSON.stringify({ auth: { identity: proof, scope } }),
    );
    return { id: String(answer.headers["x-subject-token"]), token: answer.json.token as JsonObject };
  }

  function token(user: string) {
    const known = tokens.get(user) ?? login(user);
    tokens.set(user, known);
    return known;
  }

  async function endpoint(service: string, user = "demo"): Promise<string> {
    if (service === "identity") {
      return auth(user).auth_url ?? "";
    }
    const catalog = (await token(user)).token.catalog as JsonObject[];
    const entry = catalog.find(({ type }) => type === service);
    const found = (entry?.endpoints as JsonObject[] | undefined)?.find(
      (each) => each.interface === "public" && each.region_id === "RegionOne",
    );
    return String(found?.url);
  }

  return {
    kind,
    auth,
    token,
    endpoint,
    send,
    async ask(service, method, path, { user = "demo", token: given, headers = {}, body } = {}) {
      const id = given ?? (user === null ? undefined : (await token(user)).id);
      const bytes =
        body === undefined || typeof body === "string" || body instanceof Uint8Array
          ? body
          : JSON.stringify(body);
      const json = bytes !== undefined && bytes !== body ? { "content-type": "application/json" } : {};
      return await send(
        method,
        `${await endpoint(service, user ?? "demo")}${path}`,
        { ...(id === undefined ? {} : { "x-auth-token": id }), ...json, ...headers },
        bytes,
      );
    },
    unique: (prefix) => `${prefix}-${process.pid}-${Math.random().toString(36).slice(2, 8)}`,
  };
}

/** Node's fetch would add an Accept header of its own. */
function send(
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body?: string | Uint8Array,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("error", reject);
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text,
          get json() {
            const value: unknown = JSON.parse(text);
            if (!isObject(value)) {
              throw new TypeError("the body is no JSON object");
            }
            return value;
          },
        });
      });
    });
    outgoing.on("error", reject);
    if (method !== "GET" && method !== "HEAD" && body === undefined) {
      outgoing.setHeader("content-length", "0");
    }
    outgoing.end(body);
  });
}
