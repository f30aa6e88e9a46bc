import { isObject, type JsonObject, type JsonValue } from "../../src/cloud/json.ts";
import type { CloudEntry } from "./worlds.ts";

/** What a service answered. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** An OpenStack as any other client sees it, without Oaktree. */
export class Upstream {
  /** The project that the token is for. */
  readonly projectId: string;
  /** The user whose token it is. */
  readonly userId: string;
  readonly #token: string;
  readonly #endpoints: ReadonlyMap<string, string>;

  private constructor({ project, user }: Token, token: string, endpoints: ReadonlyMap<string, string>) {
    this.projectId = project.id;
    this.userId = user.id;
    this.#token = token;
    this.#endpoints = endpoints;
  }

  /** Logs in with a password. */
  static async login({ auth, region_name }: CloudEntry): Promise<Upstream> {
    const url = auth.auth_url?.replace(/\/$/, "") ?? "";
    const domain = { name: auth.user_domain_name ?? "Default" };
    const user = { name: auth.username ?? "", password: auth.password ?? "", domain };
    const scope = { project: { name: auth.project_name ?? "", domain } };
    const response = await fetch(`${url}/auth/tokens`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ auth: { identity: { methods: ["password"], password: { user } }, scope } }),
    });
    const { token } = (await response.json()) as { token: Token };
    const endpoints = new Map([["identity", url]]);
    for (const { type, endpoints: offered } of token.catalog) {
      const found = offered.find((one) => one.interface === "public" && one.region === region_name);
      if (found !== undefined && type !== "identity") {
        endpoints.set(type, found.url.replace(/\/$/, ""));
      }
    }
    return new Upstream(token, response.headers.get("x-subject-token") ?? "", endpoints);
  }

  /** What every call carries, for clients that make their own. */
  get headers(): Record<string, string> {
    return { "x-auth-token": this.#token };
  }

  /** Where a service is. */
  endpoint(service: string): string {
    const url = this.#endpoints.get(service);
    if (url === undefined) {
      throw new Error(`the catalogue has no ${service}`);
    }
    return url;
  }

  /** One call. What fails is an answer too. */
  async send(service: string, method: string, path: string, json?: JsonValue): Promise<UpstreamAnswer> {
    const response = await fetch(`${this.endpoint(service)}${path}`, {
      method,
      headers: { "x-auth-token": this.#token, "content-type": "application/json" },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    const body: unknown = text === "" ? {} : JSON.parse(text);
    return { status: response.status, body: isObject(body as JsonValue) ? (body as JsonObject) : {} };
  }

  /** The objects of a list that fits into one answer. */
  async list(service: string, path: string): Promise<JsonObject[]> {
    const { status, body } = await this.send(service, "GET", path);
    const found = Object.values(body).find(Array.isArray);
    if (status !== 200 || found === undefined) {
      throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    }
    return found.filter(isObject);
  }

  /** Makes an object and answers it. */
  async make(service: string, path: string, json: JsonObject): Promise<JsonObject> {
    const { status, body } = await this.send(service, "POST", path, json);
    const [made] = Object.values(body);
    if (status >= 300 || made === undefined || !isObject(made)) {
      throw new Error(`POST ${path}: ${status} ${JSON.stringify(body)}`);
    }
    return made;
  }
}

interface Token {
  readonly user: { readonly id: string };
  readonly project: { readonly id: string };
  readonly catalog: {
    readonly type: string;
    readonly endpoints: { readonly interface: string; readonly region: string; readonly url: string }[];
  }[];
}
