import { Fault, type Reason } from "../../src/cloud/fault.ts";
import type { JsonValue } from "../../src/cloud/json.ts";
import type {
  ByteAnswer,
  ByteRequest,
  Call,
  Caller,
  CallScope,
  Region,
  RestAnswer,
  RestRequest,
} from "../../src/cloud/region.ts";

/** What a scripted service answers: a body, or a fault to throw. */
export type Script = (request: RestRequest) => JsonValue | undefined | Fault | Partial<RestAnswer>;

/** A region whose services are a function. It keeps what it was asked. */
export class FakeRegion implements Region {
  settings: Region["settings"] = {};
  readonly requests: RestRequest[] = [];
  readonly cloud: string;
  readonly name: string;
  /** Highest microversion of every service. */
  newest = "2.93";
  /** Takes uploads and gives downloads. */
  bytes: (request: ByteRequest) => Promise<ByteAnswer> = () => Promise.reject(new Error("no bytes here"));
  readonly #script: Script;

  constructor(script: Script, cloud = "devstack", name = "RegionOne") {
    this.#script = script;
    this.cloud = cloud;
    this.name = name;
  }

  get shareKey(): string {
    return `${this.cloud}/${this.name}`;
  }

  identity = () =>
    Promise.resolve({
      userId: "u",
      userName: "demo",
      userDomain: { id: "default", name: "Default" },
      roles: ["member"],
      until: Date.UTC(2099, 0),
    });
  catalogue = () => Promise.resolve([]);
  has = () => Promise.resolve(true);
  microversion = () => Promise.resolve(this.newest);

  async send(request: RestRequest, scope: CallScope): Promise<RestAnswer> {
    scope.signal.throwIfAborted();
    this.requests.push(request);
    const said = this.#script(request);
    if (said instanceof Fault) {
      throw said;
    }
    if (typeof said === "object" && said !== null && "headers" in said) {
      const answer = {
        status: 200,
        headers: {},
        body: undefined,
        bytes: 0,
        ...(said as Partial<RestAnswer>),
      };
      return { ...answer, bytes: answer.bytes || JSON.stringify(answer.body ?? "").length };
    }
    return {
      status: 200,
      headers: {},
      body: said as JsonValue | undefined,
      bytes: JSON.stringify(said ?? "").length,
    };
  }

  transfer(request: ByteRequest): Promise<ByteAnswer> {
    return this.bytes(request);
  }

  /** The requests as `GET /path?query`, for comparing. */
  get log(): string[] {
    return this.requests.map(({ method, path, query }) => {
      const search = new URLSearchParams(query as Record<string, string>).toString();
      return `${method} ${path}${search === "" ? "" : `?${search}`}`;
    });
  }
}

/** A call by somebody who reaches these regions. */
export function callTo(...regions: Region[]): Call {
  const caller: Caller = {
    label: "test",
    regions: ({ cloud, region }) =>
      Promise.resolve(
        regions.filter((one) => (cloud ?? one.cloud) === one.cloud && (region ?? one.name) === one.name),
      ),
  };
  return { caller, signal: new AbortController().signal, requestId: "req-test" };
}

/** Nova's, Neutron's or Glance's 404. */
export function notFound(): Fault {
  return new Fault("NOT_FOUND", "not found", { metadata: { upstreamStatus: "404" } });
}

/** A pattern for `t.rejects`: a fault of this reason, with these facts among others. */
export function fault(reason: Reason, metadata: Record<string, string | RegExp> = {}): Error {
  return { reason, metadata } as unknown as Error;
}
