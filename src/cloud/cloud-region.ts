import type { Cloud } from "./cloud.ts";
import type { RegionEntry } from "./cloud-entry.ts";
import type { Answer, Shipment } from "./connection.ts";
import type { Endpoint } from "./endpoints.ts";
import { Fault, type Reason } from "./fault.ts";
import type { JsonValue } from "./json.ts";
import { withoutSecret } from "./keystone.ts";
import { commonMicroversion, compareVersions, microversionHeaders } from "./microversion.ts";
import { callerPath } from "./path.ts";
import type {
  ByteAnswer,
  ByteRequest,
  CallScope,
  CatalogueService,
  Identity,
  Region,
  RestAnswer,
  RestRequest,
} from "./region.ts";
import { officialType } from "./service-types.ts";
import type { Session, Sessions } from "./session.ts";
import { garbage, strictJson } from "./strict-json.ts";
import { metadataOf, placeOf, type Upstream, upstreamFault } from "./upstream-fault.ts";

/** A region of a configured cloud, with one caller's tokens. */
export class CloudRegion implements Region {
  readonly cloud: string;
  readonly name: string;
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly shareKey: string;
  readonly #cloud: Cloud;
  readonly #entry: RegionEntry;
  readonly #sessions: Sessions;

  /** `shareKey` is the part of the region's that tells the caller's rights. */
  constructor(cloud: Cloud, entry: RegionEntry, sessions: Sessions, rights: string) {
    this.cloud = cloud.entry.name;
    this.name = entry.name;
    this.settings = entry.settings;
    this.shareKey = JSON.stringify([this.cloud, this.name, rights]);
    this.#cloud = cloud;
    this.#entry = entry;
    this.#sessions = sessions;
  }

  async identity(scope: CallScope): Promise<Identity> {
    return (await this.#sessions.get(scope)).identity;
  }

  async catalogue(scope: CallScope): Promise<readonly CatalogueService[]> {
    return (await this.#sessions.get(scope)).catalogue.services();
  }

  async has(service: string, scope: CallScope): Promise<boolean> {
    return this.#url(service, await this.#sessions.get(scope)) !== undefined;
  }

  async microversion(service: string, max: string, scope: CallScope): Promise<string | undefined> {
    const { range } = await this.#endpoint(service, await this.#sessions.get(scope), scope);
    return commonMicroversion(range, max);
  }

  async send(request: RestRequest, scope: CallScope): Promise<RestAnswer> {
    const upstream = this.#upstream(request.service);
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const contentType = body === undefined ? undefined : (request.contentType ?? "application/json");
    const answer = await this.#withToken(upstream, request, scope, false, async (session) => {
      const shipment = await this.#shipment(
        upstream,
        request,
        session,
        scope,
        "application/json",
        contentType,
      );
      return await this.#cloud.connection.ask({ ...shipment, ...(body !== undefined && { body }) }, scope);
    });
    return {
      status: answer.status,
      headers: answer.headers,
      body: request.headersOnly === true ? undefined : strictJson(upstream, answer),
      bytes: answer.body.byteLength,
    };
  }

  async transfer(request: ByteRequest, scope: CallScope): Promise<ByteAnswer> {
    const upstream = this.#upstream(request.service);
    const { source, size } = request;
    const contentType = source && (request.contentType ?? "application/octet-stream");
    const answer = await this.#withToken(upstream, request, scope, source !== undefined, async (session) => {
      const shipment = await this.#shipment(upstream, request, session, scope, "*/*", contentType);
      const headers = { ...shipment.headers, ...(size !== undefined && { "content-length": String(size) }) };
      return await this.#cloud.connection.carry({ ...shipment, headers, ...(source && { source }) }, scope);
    });
    const { status, headers, stream, body } = answer;
    return { status, headers, body: stream ?? whole(body) };
  }

  /**
   * Makes a call, once more with a new token after a 401. A source of bytes cannot be
   * read again, so a call with `once` is not repeated.
   */
  async #withToken<T extends Answer>(
    upstream: Upstream,
    request: Pick<RestRequest, "method">,
    scope: CallScope,
    once: boolean,
    call: (session: Session) => Promise<T>,
  ): Promise<T> {
    const checked = async (session: Session, last: boolean): Promise<T> => {
      try {
        const answer = await call(session);
        if (answer.status !== 401 || last) {
          this.#refuse(upstream, request, answer);
        }
        return answer;
      } catch (error) {
        throw error instanceof Fault ? withoutSecret(error, session.token) : error;
      }
    };
    const session = await this.#sessions.get(scope, once);
    const answer = await checked(session, false);
    if (answer.status !== 401) {
      return answer;
    }
    const next = await this.#sessions.refused(session, scope);
    if (next === undefined) {
      throw this.#unauthorized(upstream, answer, "FORBIDDEN", accessRuleWords);
    }
    if (once) {
      throw this.#unauthorized(upstream, answer, "UPSTREAM_UNAVAILABLE", renewedWords);
    }
    return await checked(next, true);
  }

  async #shipment(
    upstream: Upstream,
    request: Omit<RestRequest, "body">,
    session: Session,
    scope: CallScope,
    accept: string,
    contentType: string | undefined,
  ): Promise<Shipment> {
    const endpoint = await this.#endpoint(request.service, session, scope);
    return {
      upstream,
      origin: endpoint.origin,
      path: `${request.atRoot === true ? endpoint.root : endpoint.base}${callerPath(request.path, session.identity.userId)}${queryOf(request.query)}`,
      method: request.method,
      ...(request.repeatsErrors === true && { repeat: "errors" }),
      headers: {
        accept,
        ...(contentType !== undefined && { "content-type": contentType }),
        ...request.headers,
        ...this.#microversion(upstream, request, endpoint),
        "x-auth-token": session.token,
      },
    };
  }

  #microversion(
    upstream: Upstream,
    request: Omit<RestRequest, "body">,
    endpoint: Endpoint,
  ): Record<string, string> {
    const { minMicroversion: min, maxMicroversion: max = min } = request;
    if (max === undefined) {
      return {};
    }
    const version = commonMicroversion(endpoint.range, max);
    if (min !== undefined && (version === undefined || compareVersions(version, min) < 0)) {
      const offers = endpoint.range ? `${endpoint.range.min} to ${endpoint.range.max}` : "none";
      throw new Fault(
        "UNSUPPORTED_BY_CLOUD",
        `${upstream.service} of ${placeOf(upstream)}: this needs microversion ${min}; the cloud offers ${offers}`,
        { metadata: metadataOf(upstream) },
      );
    }
    return version === undefined ? {} : microversionHeaders(request.service, version);
  }

  async #endpoint(service: string, session: Session, scope: CallScope): Promise<Endpoint> {
    const url = this.#url(service, session);
    if (url === undefined) {
      if (this.#entry.services[officialType(service)]?.hidden) {
        throw new Fault(
          "SERVICE_NOT_AVAILABLE",
          `the configuration of ${this.cloud} says that it has no ${service}`,
          {
            metadata: metadataOf(this.#upstream(service)),
          },
        );
      }
      throw session.catalogue.missing(service, this.cloud, this.name, this.#interfaces(service));
    }
    return await this.#cloud.endpoints.find(this.#upstream(service), url, scope);
  }

  #url(service: string, session: Session): string | undefined {
    const said = this.#entry.services[officialType(service)];
    if (said?.hidden) {
      return undefined;
    }
    return said?.endpointOverride ?? session.catalogue.find(service, this.name, this.#interfaces(service));
  }

  #interfaces(service: string): readonly string[] {
    return this.#entry.services[officialType(service)]?.interfaces ?? this.#entry.interfaces;
  }

  #upstream(service: string): Upstream {
    return { cloud: this.cloud, region: this.name, service };
  }

  #refuse(upstream: Upstream, request: Pick<RestRequest, "method">, answer: Answer): void {
    if (answer.status >= 400) {
      throw upstreamFault(upstream, request.method, answer, this.#cloud.clock.now());
    }
    // 300 and 304 are answers. The others are not followed: the token would go to whom they name.
    if (answer.status > 300 && answer.status !== 304) {
      throw garbage(upstream, answer, `the answer redirects (HTTP ${answer.status})`);
    }
  }

  #unauthorized(upstream: Upstream, answer: Answer, reason: Reason, words: string): Fault {
    const { metadata } = upstreamFault(upstream, "GET", answer, this.#cloud.clock.now());
    return new Fault(reason, `${upstream.service} of ${placeOf(upstream)}: ${words}`, {
      metadata,
      ...(reason === "UPSTREAM_UNAVAILABLE" && { retryAfterMs: 0 }),
    });
  }
}

/** keystonemiddleware answers 401 to what the access rules of an application credential do not allow. */
const accessRuleWords =
  "the token is valid but the call is refused; an access rule of the application credential may not allow it";

const renewedWords = "the token had ended before its time and was renewed; send the bytes again";

function queryOf(query: RestRequest["query"]): string {
  const pairs = Object.entries(query ?? {}).flatMap(([key, values]) =>
    (typeof values === "string" ? [values] : values).map((value): [string, string] => [key, value]),
  );
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
}

async function* whole(body: Uint8Array): AsyncGenerator<Uint8Array> {
  if (body.byteLength > 0) {
    yield body;
  }
}
