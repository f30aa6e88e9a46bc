import { Fault } from "../cloud/fault.ts";
import { isObject, type JsonObject, type JsonValue } from "../cloud/json.ts";
import type { CallScope, Region, RestAnswer } from "../cloud/region.ts";
import { Paging } from "../gen/oaktree/rest/v1/annotations_pb.js";
import type { ResourceTable } from "./schema.ts";

/** One page of an upstream list. */
export interface UpstreamPage {
  /** Its objects, as they came. */
  readonly objects: JsonObject[];
  /** Size of the answer in bytes. */
  readonly bytes: number;
  /** When the service answered, by its own clock, in milliseconds since 1970. Undefined where it does not say. */
  readonly answeredAt: number | undefined;
  /** Query parameters that lead to this page, its size among them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Query parameters that lead to the next page. Undefined on the last one. */
  readonly next: Readonly<Record<string, string>> | undefined;
}

/** What an upstream list is asked for. */
export interface UpstreamQuery {
  /** Filters and flags; the same for all pages. */
  readonly query: Readonly<Record<string, string>>;
  /** Most objects in one page, or who says so page by page. Absent: as the service likes. */
  readonly limit?: number | (() => number);
  /** Parameters of the page to begin with. */
  readonly from?: Readonly<Record<string, string>>;
  /** The lowest microversion that will do. */
  readonly minMicroversion?: string | undefined;
}

/**
 * Most pages that one call follows. A cloud that invents new markers for ever
 * ends there; a marker that comes twice ends at once.
 */
const maxPages = 10_000;

/**
 * Reads an upstream list page by page. Of a link to the next page only the query
 * counts: hosts and path prefixes in links are those that the service believes
 * it has, which behind a proxy are often wrong.
 *
 * @throws Fault `PAGING_LOOP` when a page links to one that was read before.
 */
export async function* pagesOf(
  region: Region,
  resource: ResourceTable,
  wanted: UpstreamQuery,
  scope: CallScope,
): AsyncGenerator<UpstreamPage> {
  const seen = new Set<string>();
  let parameters = wanted.from ?? {};
  for (let count = 0; count < maxPages; count++) {
    const most = typeof wanted.limit === "function" ? wanted.limit() : wanted.limit;
    const limit = resource.takesLimit && most !== undefined ? { limit: String(most) } : {};
    // Links repeat the limit of the page before. A page that was read before, in part, is asked for as it was.
    const page = count === 0 ? { ...limit, ...parameters } : { ...parameters, ...limit };
    const answer = await region.send(
      {
        service: resource.options.service,
        method: "GET",
        path: resource.listPath,
        query: { ...wanted.query, ...page },
        maxMicroversion: resource.options.maxMicroversion,
        ...(wanted.minMicroversion === undefined ? {} : { minMicroversion: wanted.minMicroversion }),
      },
      scope,
    );
    const objects = objectsOf(answer, resource, region);
    const next = objects.length === 0 ? undefined : nextPage(answer, resource, objects, wanted, most);
    yield {
      objects,
      bytes: answer.bytes,
      answeredAt: answeredAt(answer),
      parameters: page,
      next,
    };
    if (next === undefined) {
      return;
    }
    const key = new URLSearchParams({ ...next }).toString();
    if (seen.has(key) || key === new URLSearchParams({ ...parameters }).toString()) {
      break;
    }
    seen.add(key);
    parameters = next;
  }
  throw new Fault(
    "PAGING_LOOP",
    `the ${resource.options.service} service of ${region.cloud} links its pages in a circle`,
    {
      metadata: { cloud: region.cloud, region: region.name, service: resource.options.service },
    },
  );
}

function answeredAt(answer: RestAnswer): number | undefined {
  const { date } = answer.headers;
  const time = typeof date === "string" ? Date.parse(date) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function objectsOf(answer: RestAnswer, resource: ResourceTable, region: Region): JsonObject[] {
  const { listKey } = resource;
  const keyed = isObject(answer.body) ? answer.body[listKey] : undefined;
  const list = listKey === "" ? answer.body : keyed;
  if (!Array.isArray(list)) {
    throw new Fault(
      "UPSTREAM_GARBAGE",
      `the ${resource.options.service} service of ${region.cloud} answered a list without ${JSON.stringify(resource.listKey)}`,
      { metadata: { cloud: region.cloud, region: region.name, service: resource.options.service } },
    );
  }
  return list.filter(isObject);
}

function nextPage(
  answer: RestAnswer,
  resource: ResourceTable,
  objects: readonly JsonObject[],
  wanted: UpstreamQuery,
  limit: number | undefined,
): Record<string, string> | undefined {
  const link = nextLink(answer, resource.listKey);
  if (link !== undefined) {
    const query = link.slice(link.indexOf("?") + 1);
    const parameters = link.includes("?") ? Object.fromEntries(new URLSearchParams(query)) : {};
    for (const key of Object.keys(wanted.query)) {
      delete parameters[key];
    }
    return parameters;
  }
  if (resource.options.paging === Paging.MARKER && objects.length >= (limit ?? Number.POSITIVE_INFINITY)) {
    const [last] = resource.idKeys.flatMap((key) => objects.at(-1)?.[key] ?? []);
    return typeof last === "string" || typeof last === "number" ? { marker: String(last) } : undefined;
  }
  return undefined;
}

/**
 * The link to the next page, in the forms that OpenStack's services have:
 * `servers_links: [{rel, href}]` (Nova, Neutron, Cinder), `links: {next}`
 * (Keystone, Designate), `links: [{rel, href}]` (Heat), `next` (Glance, Ironic,
 * Magnum), and a Link header (RFC 8288).
 */
function nextLink(answer: RestAnswer, listKey: string): string | undefined {
  const body = isObject(answer.body) ? answer.body : {};
  for (const links of [body[`${listKey}_links`], body.links]) {
    if (Array.isArray(links)) {
      const next = links.find((link) => isObject(link) && link.rel === "next");
      if (isObject(next) && typeof next.href === "string") {
        return next.href;
      }
    }
  }
  const named: (JsonValue | undefined)[] = [isObject(body.links) ? body.links.next : undefined, body.next];
  const link = named.find((candidate) => typeof candidate === "string" && candidate !== "");
  if (typeof link === "string") {
    return link;
  }
  const header = answer.headers.link;
  return /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(
    Array.isArray(header) ? header.join(", ") : (header ?? ""),
  )?.[1];
}
