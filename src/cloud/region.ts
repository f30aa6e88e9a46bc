import type { PassingBytes } from "../wire/passing-bytes.ts";
import type { JsonValue } from "./json.ts";
import type { Path } from "./path.ts";

/** What bounds a call and follows it upstream. */
export interface CallScope {
  /** Aborts when the caller goes away or its deadline passes. */
  readonly signal: AbortSignal;
  /** When the caller's deadline passes, in milliseconds since 1970. Absent: never. */
  readonly deadline?: number;
  /** Id of the call, `req-<uuid>`; sent upstream as X-Openstack-Request-Id. */
  readonly requestId: string;
  /** W3C trace context of the call, sent upstream as it is. */
  readonly traceparent?: string;
  /** Is told of every answer of a service, with the service's own id of the request where it has one. */
  readonly heard?: (service: string, requestId: string | undefined) => void;
}

/** HTTP methods that OpenStack's services know. */
export type HttpMethod = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One request to a service of a region. */
export interface RestRequest {
  /** Service type, such as `compute`. */
  readonly service: string;
  /** Method. GET, HEAD, PUT and DELETE are repeated after a lost connection; POST and PATCH are not. */
  readonly method: HttpMethod;
  /**
   * Repeats it after a 500 too: for what does the same when done twice, of a service that
   * fails with what a second try mends, such as a deadlock in its database.
   */
  readonly repeatsErrors?: boolean;
  /** Path below the versioned endpoint; `{caller}` in it becomes the id of the calling user. */
  readonly path: Path;
  /** Only the answer's headers count; what its body is does not matter, and it is not kept. */
  readonly headersOnly?: boolean;
  /** The path is below the root of the service instead, as Swift's `/info` is. */
  readonly atRoot?: boolean;
  /** Query parameters; a list gives a repeated one. */
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** Further headers, in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Body, sent as JSON. */
  readonly body?: JsonValue;
  /** Media type of the body, where it is not `application/json`. */
  readonly contentType?: string;
  /** The highest microversion that the caller understands; the lower of it and the cloud's is sent. */
  readonly maxMicroversion?: string;
  /** The lowest microversion that will do; an older cloud gives `UNSUPPORTED_BY_CLOUD`. */
  readonly minMicroversion?: string;
}

/** A service's answer, with a status below 400. */
export interface RestAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Headers, in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body. Undefined when there was none. */
  readonly body: JsonValue | undefined;
  /** Size of the body as it came, in bytes. */
  readonly bytes: number;
}

/** A request whose body, or whose answer, is bytes. */
export interface ByteRequest extends Omit<RestRequest, "body"> {
  /** The bytes to send. They are read once: such a request is never repeated. Pieces need be good only until the next one is asked for. */
  readonly source?: AsyncIterable<PassingBytes>;
  /** How many bytes `source` has, where it is known. Else they are sent in chunks. */
  readonly size?: number;
}

/** A service's answer whose body is bytes. */
export interface ByteAnswer {
  /** HTTP status, below 400. */
  readonly status: number;
  /** Headers, in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body, to be read to its end or returned early. Each of its pieces is good until the next one is asked for. */
  readonly body: AsyncIterable<PassingBytes>;
}

/** Who a token stands for. */
export interface Identity {
  /** Id of the user. */
  readonly userId: string;
  /** Name of the user. */
  readonly userName: string;
  /** The user's domain. */
  readonly userDomain: { readonly id: string; readonly name: string };
  /** Project of the token. Absent for domain and system scope. */
  readonly project?: {
    readonly id: string;
    readonly name: string;
    readonly domainId: string;
    readonly domainName: string;
  };
  /** Names of the roles. */
  readonly roles: readonly string[];
  /** The application credential that the token was made with. Absent for a person's own token. */
  readonly credential?: {
    readonly id: string;
    readonly name: string;
    /** Whether it may manage application credentials itself. */
    readonly isUnrestricted: boolean;
    /** What it may do. Absent: all that its roles allow. */
    readonly accessRules?: readonly AccessRule[];
  };
  /** When the token ends, in milliseconds since 1970. */
  readonly until: number;
}

/** What an access rule allows: a method on a path of a service. */
export interface AccessRule {
  /** Type of the service, as the service itself is configured to be called. */
  readonly service: string;
  /** HTTP method. */
  readonly method: string;
  /** Path, in which `*` stands for one segment and `**` for anything. */
  readonly path: string;
}

/** A service of a cloud's catalogue. */
export interface CatalogueService {
  /** Its official type, such as `block-storage`. */
  readonly service: string;
  /** Its type in the catalogue, such as `volumev3`. */
  readonly type: string;
  /** Path of its URL, up to the version; empty for a service of its own host. */
  readonly root: string;
}

/** One region of one cloud, as one caller sees it. */
export interface Region {
  /** Name of the cloud. */
  readonly cloud: string;
  /** Name of the region. */
  readonly name: string;
  /** Settings of the cloud's clouds.yaml entry that the domains ask for, such as `image_format`. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  /**
   * Equal for two callers only if they may see the same: made of cloud, region,
   * user, scope and roles. What is cached or polled is kept under it.
   */
  readonly shareKey: string;
  /** Who the caller is there. */
  identity(scope: CallScope): Promise<Identity>;
  /** The services of the catalogue, in all regions. */
  catalogue(scope: CallScope): Promise<readonly CatalogueService[]>;
  /** Whether the catalogue has the service. */
  has(service: string, scope: CallScope): Promise<boolean>;
  /** The highest microversion that the service and the caller know. Undefined where the service has none. */
  microversion(service: string, max: string, scope: CallScope): Promise<string | undefined>;
  /** Sends a request. @throws Fault for a status of 400 or more, and when no answer comes. */
  send(request: RestRequest, scope: CallScope): Promise<RestAnswer>;
  /** Sends or fetches bytes. @throws Fault as `send` does. */
  transfer(request: ByteRequest, scope: CallScope): Promise<ByteAnswer>;
}

/** What a call may reach. */
export interface Caller {
  /** Short, unsecret words for the log, such as `personal` or `user 4f3a… on devstack`. */
  readonly label: string;
  /** Scopes of the access token that the caller came with. Absent where it came with none. */
  readonly scopes?: readonly string[];
  /**
   * The regions that fit; an empty selector means all that the caller can reach.
   * @throws Fault `LOCATION_UNKNOWN`, `CREDENTIAL_INVALID`, ...
   */
  regions(selector: { cloud?: string; region?: string }, scope: CallScope): Promise<Region[]>;
}

/** One call to Oaktree: who makes it and what bounds it. */
export interface Call extends CallScope {
  /** Who calls. */
  readonly caller: Caller;
}
