import { Fault, type Reason } from "./fault.ts";
import { isObject, type JsonValue } from "./json.ts";
import type { HttpMethod } from "./region.ts";

/** Which service answered. */
export interface Upstream {
  readonly cloud: string;
  /** Empty for Keystone, when no region matters. */
  readonly region: string;
  readonly service: string;
}

/** An answer with a status of 400 or more. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The start of the body. */
  readonly body: Uint8Array;
}

/** What OpenStack says in its answer: its words and, where it has one, its own name of the error. */
interface Words {
  readonly text: string;
  readonly type: string;
}

/** Longest part of OpenStack's own words that is kept. */
const wordsLimit = 2000;

/** Turns a service's refusal into a fault that keeps its words. */
export function upstreamFault(upstream: Upstream, method: HttpMethod, refusal: Refusal, now: number): Fault {
  const words = wordsOf(refusal);
  const reason =
    mayHaveHappened(refusal.status) && method !== "GET" && method !== "HEAD"
      ? "OUTCOME_UNKNOWN"
      : reasonOf(refusal.status, words, refusal);
  const requestId = upstreamRequestId(refusal.headers);
  const retryAfterMs = retryAfter(refusal, now);
  const text = words.text || `HTTP ${refusal.status}`;
  return new Fault(reason, `${upstream.service} of ${placeOf(upstream)}: ${text}`, {
    metadata: {
      ...metadataOf(upstream),
      upstreamStatus: String(refusal.status),
      ...(requestId && { upstreamRequestId: requestId }),
    },
    ...(retryAfterMs !== undefined && slow.has(reason) && { retryAfterMs }),
  });
}

const slow: ReadonlySet<Reason> = new Set<Reason>(["RATE_LIMITED", "UPSTREAM_UNAVAILABLE"]);

/** Whether a proxy gave up on the service, which may have done what it was asked for. */
export function mayHaveHappened(status: number): boolean {
  return status === 502 || status === 504;
}

/** Why the service refused. */
export function refusalReason(refusal: Refusal): Reason {
  return reasonOf(refusal.status, wordsOf(refusal), refusal);
}

/** How long the service asks to wait, in milliseconds (RFC 9110, 10.2.3: seconds or a date). */
export function retryAfter(answer: Pick<Refusal, "headers">, now: number): number | undefined {
  const value = answer.headers["retry-after"];
  if (typeof value !== "string") {
    return undefined;
  }
  if (/^\d+$/.test(value)) {
    return Number(value) * 1000;
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The metadata that names a service. */
export function metadataOf(upstream: Upstream): Record<string, string> {
  const { cloud, region, service } = upstream;
  return { cloud, ...(region && { region }), service };
}

/** `cloud/region` for people. */
export function placeOf(upstream: Upstream): string {
  return upstream.region ? `${upstream.cloud}/${upstream.region}` : upstream.cloud;
}

/** The id under which the service logged the request. */
export function upstreamRequestId(headers: Refusal["headers"]): string | undefined {
  const id =
    headers["x-openstack-request-id"] ??
    headers["x-compute-request-id"] ??
    headers["x-trans-id"] ??
    undefined;
  return typeof id === "string" ? id : id?.[0];
}

function reasonOf(status: number, words: Words, refusal: Refusal): Reason {
  if (isQuota(status, words)) {
    return "QUOTA_EXCEEDED";
  }
  switch (status) {
    case 400:
      return isWrongState(words) ? "CONFLICT" : "UPSTREAM_BAD_REQUEST";
    case 401:
      return "CREDENTIAL_INVALID";
    case 403:
      return isForPersons(words) ? "PERSON_REQUIRED" : "FORBIDDEN";
    case 404:
    case 410:
      return "NOT_FOUND";
    case 406:
      return /version/i.test(words.text) ? "UNSUPPORTED_BY_CLOUD" : "UPSTREAM_BAD_REQUEST";
    case 405:
    case 501:
      return "UNSUPPORTED_BY_CLOUD";
    case 409:
    case 412:
      return conflictReason(words);
    case 413:
      // Nova and its like answered 413 for rate limits before 429 was in use.
      return refusal.headers["retry-after"] === undefined ? "UPSTREAM_BAD_REQUEST" : "RATE_LIMITED";
    case 429:
    case 498:
      return "RATE_LIMITED";
    case 502:
    case 503:
    case 504:
      return "UPSTREAM_UNAVAILABLE";
    default:
      return status >= 500 ? "UPSTREAM_ERROR" : "UPSTREAM_BAD_REQUEST";
  }
}

/**
 * Quotas: 403 of Nova and Glance ("Quota exceeded for ..."), 409 OverQuota of
 * Neutron, 413 of Cinder ("... exceeds allowed ... quota"), of Glance's and of
 * Swift's upload limits. A 403 alone says nothing: policy is the usual cause.
 */
function isQuota(status: number, { text, type }: Words): boolean {
  if (status === 409 && type === "OverQuota") {
    return true;
  }
  const exceeded = /(quota|limit).*exceed|exceed.*(quota|limit)|maximum number of|quota has been/i;
  return (status === 403 || status === 413) && exceeded.test(text);
}

/**
 * Cinder answers 400 where others answer 409: InvalidVolume and InvalidSnapshot
 * are about the object's state (cinder/exception.py), and Nova hands them on; so
 * does Nova for a resize that is not there (MigrationNotFoundByStatus).
 */
function isWrongState({ text }: Words): boolean {
  return /^invalid (volume|snapshot): |^instance has not been resized/i.test(text);
}

/** So Keystone refuses delegated tokens (keystone/api/users.py). */
function isForPersons({ text }: Words): boolean {
  return /for managing additional application credentials|manage application credentials with a token/i.test(
    text,
  );
}

function conflictReason({ text, type }: Words): Reason {
  // nova/exception.py, NetworkAmbiguous.
  if (/multiple possible networks/i.test(text)) {
    return "NETWORK_REQUIRED";
  }
  // Keystone says of projects only that two of a name are not permitted (sql/core.py, handle_conflicts).
  if (/already exists?\b|duplicate|conflict occurred attempting to store/i.test(text)) {
    return "ALREADY_EXISTS";
  }
  return /^duplicate|(exists|duplicate)$/i.test(type) ? "ALREADY_EXISTS" : "CONFLICT";
}

function wordsOf(refusal: Refusal): Words {
  const text = new TextDecoder().decode(refusal.body);
  const type = String(refusal.headers["content-type"] ?? "");
  const words = jsonWords(text) ?? {
    text: /html|^\s*</i.test(type + text) ? withoutTags(text) : text,
    type: "",
  };
  return { ...words, text: tidy(words.text) };
}

function jsonWords(text: string): Words | undefined {
  let body: JsonValue;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  return wordsIn(body, 0);
}

/**
 * Finds the words in the services' shapes: {"itemNotFound": {"message"}} (Nova,
 * Cinder), {"NeutronError": {"message", "type", "detail"}}, {"error": {"message"}}
 * (Keystone, Heat, Ironic), {"errors": [{"detail"}]} (Placement, Nova's 406),
 * {"message"}, {"faultstring"} (WSME), {"title", "description"} (Barbican).
 */
function wordsIn(value: JsonValue | undefined, depth: number): Words | undefined {
  if (typeof value === "string") {
    // Ironic puts JSON into a string.
    return (value.startsWith("{") && depth < 3 ? jsonWords(value) : undefined) ?? { text: value, type: "" };
  }
  if (Array.isArray(value)) {
    return wordsIn(value[0], depth + 1);
  }
  if (!isObject(value) || depth > 3) {
    return undefined;
  }
  const { message, detail, faultstring, description, error_message: ironic } = value;
  const text = [message, detail, faultstring, description, ironic].find(
    (word) => (typeof word === "string" && word !== "") || isObject(word),
  );
  if (text !== undefined) {
    const inner = wordsIn(text, depth + 1);
    const type = value.type ?? value.code;
    return inner && { text: inner.text, type: typeof type === "string" ? type : inner.type };
  }
  const [first] = Object.values(value).filter((child) => typeof child === "object" && child !== null);
  return wordsIn(first, depth + 1);
}

function withoutTags(html: string): string {
  return html
    .replace(/<(head|title|script|style|h1)\b[^>]*>.*?<\/\1>/gis, " ")
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replace(/&#(39|x27);/g, "'")
    .replaceAll("&amp;", "&");
}

function tidy(text: string): string {
  // WebOb's JSON errors keep the line breaks of its HTML.
  const line = text
    .replace(/<br ?\/?>|\s+/g, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  return line.length > wordsLimit ? `${line.slice(0, wordsLimit)}…` : line;
}
