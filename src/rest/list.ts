import { createHash } from "node:crypto";
import { create, type Message, type Registry } from "@bufbuild/protobuf";
import { cloudsOf, oneRegion, regionsOf } from "../cloud/one-region.ts";
import type { Call, Region } from "../cloud/region.ts";
import { Absent } from "../gen/oaktree/rest/v1/annotations_pb.js";
import type { LocationSelector } from "../gen/oaktree/v1/common_pb.js";
import { cursorAt, firstUnread } from "./cursor.ts";
import { compileEncoder } from "./encode.ts";
import { compileSelection, type Selection } from "./filter.ts";
import { isGlob } from "./glob.ts";
import type { UnaryHandler } from "./handler.ts";
import { ListAnswer } from "./list-answer.ts";
import { looksLikeId, nameQuery } from "./names.ts";
import type { Cursor, PageTokens, Position } from "./page-token.ts";
import type { UpstreamQuery } from "./paging.ts";
import { compilePlace, parentFields } from "./parents.ts";
import { type Pages, readAhead } from "./read-ahead.ts";
import type { ResourceClient } from "./resource-client.ts";
import type { CallTable } from "./schema.ts";
import type { Find } from "./single.ts";
import { sourcesOf } from "./source.ts";

/** The fields that every list request has. */
interface ListRequest extends Message {
  readonly location?: LocationSelector;
  readonly nameOrId: string;
  readonly filters: Record<string, string>;
  readonly jmespath: string;
  readonly pageSize: number;
  readonly pageToken: string;
  readonly requireAllLocations: boolean;
}

/** Locations that are asked at once, so that one slow cloud after another does not add up. */
const locationsAtOnce = 4;

/** Most objects in one answer. */
const maxPageSize = 1000;

/** Objects asked for at once where each is answered: some 2.5 KiB each (servers), so that the first page fits. */
const upstreamLimit = 250;

/** Objects asked for at once where most may be filtered out. Nova and Neutron give no more by default. */
const upstreamLimitFiltered = 1000;

/** Serves an RPC that lists a resource: all locations, filters, pages. */
export function listHandler(
  table: CallTable,
  resource: ResourceClient,
  find: Find,
  tokens: PageTokens,
  registry: Registry,
): UnaryHandler {
  const { desc, options } = resource.table;
  const output = table.method.output;
  const itemsField = output.fields.find((field) => field.fieldKind === "list" && field.message === desc);
  if (itemsField === undefined) {
    throw new Error(`${output.typeName} has no repeated ${desc.typeName}`);
  }
  const encode = compileEncoder(table.method.input, resource.table, parentFields(resource.table));
  const place = compilePlace(table.method.input, resource);
  const pushed = pushedFilters(resource);
  const reach = options.cloudLevel ? cloudsOf : regionsOf;

  return async (message, call) => {
    const request = message as ListRequest;
    const selection: Selection = request;
    const test = compileSelection(desc, selection, registry);
    const { query, minMicroversion } = await encode(message, () =>
      Promise.reject(new Error("lists resolve no names")),
    );
    Object.assign(query, pushed(selection));
    const identity = requestKey(table.method.name, request, query);
    const start = request.pageToken === "" ? undefined : tokens.open(request.pageToken, identity);
    const page = new ListAnswer(
      Math.min(request.pageSize || maxPageSize, maxPageSize),
      start?.unreachable ?? [],
    );
    const wanted: UpstreamQuery = {
      query,
      minMicroversion,
      // What would find no room in the answer would be read in vain.
      limit: test === undefined ? () => page.room(upstreamLimit) : upstreamLimitFiltered,
    };
    // What lies below one object is in the location of that object.
    const reached =
      place === undefined ? await reach(call, request.location) : [await oneRegion(call, request.location)];
    const regions = regionsFrom(reached, start);
    const [only] = regions;
    const client =
      place === undefined || only === undefined
        ? resource
        : await place(message, (typeName, nameOrId) => find(typeName, nameOrId, only, call));

    let stopped: Position | undefined;
    // A list that goes on mostly ends within its location: nothing is begun for the next ones.
    const pages = readAhead(regions, start === undefined ? locationsAtOnce : 1, (region, signal) => {
      const from = start !== undefined && isAt(region, start) ? start.cursor?.page : undefined;
      return client.pages(from === undefined ? wanted : { ...wanted, from }, region, { ...call, signal });
    });
    try {
      for (const { region, read } of pages) {
        const cursor = start !== undefined && isAt(region, start) ? start.cursor : undefined;
        try {
          const rest = await readRegion(read(call.signal), region, cursor, page, { client, test, call });
          if (rest !== undefined) {
            stopped = {
              cloud: region.cloud,
              region: region.name,
              cursor: rest,
              unreachable: page.unreachable,
            };
            break;
          }
        } catch (error) {
          page.failed(region, error, {
            absentIsEmpty: options.absent === Absent.EMPTY,
            isCancelled: call.signal.aborted,
            allRequired: request.requireAllLocations,
          });
        }
      }
    } finally {
      await pages.stop();
    }
    page.throwIfNothingAnswered(regions.length, start !== undefined);
    return create(output, {
      [itemsField.localName]: page.messages,
      nextPageToken: stopped === undefined ? "" : tokens.seal(stopped, identity),
      unreachable: page.unreachable.map(([cloud, region]) =>
        options.cloudLevel ? { cloud } : { cloud, region },
      ),
    });
  };
}

interface Reading {
  readonly client: ResourceClient;
  readonly test: ((message: Message) => boolean) | undefined;
  readonly call: Call;
}

/** Reads one location into the page. Answers where to go on if the page was full before the location's end. */
async function readRegion(
  pages: Pages,
  region: Region,
  start: Cursor | undefined,
  page: ListAnswer,
  { client, test, call }: Reading,
): Promise<Cursor | undefined> {
  let cursor = start;
  for await (const upstream of pages) {
    const objects = upstream.objects.slice(firstUnread(upstream, cursor, client));
    cursor = undefined;
    const bytesEach = upstream.bytes / Math.max(upstream.objects.length, 1);
    const messages = await client.messages(objects, region, call);
    for (const [index, message] of messages.entries()) {
      if (test !== undefined && !test(message)) {
        continue;
      }
      if (page.isFull(bytesEach)) {
        return cursorAt(upstream, upstream.objects.length - objects.length + index, client);
      }
      page.add(message, bytesEach);
    }
    if (upstream.next !== undefined && (page.isFull(bytesEach) || page.isNearlyFull)) {
      return { page: upstream.next, skip: 0 };
    }
  }
  return undefined;
}

function isAt(region: Region, position: Position): boolean {
  return region.cloud === position.cloud && region.name === position.region;
}

/** The locations that are still to be read, in an order that is the same on every call. */
function regionsFrom(regions: readonly Region[], start: Position | undefined): Region[] {
  const sorted = regions.toSorted((a, b) => compare([a.cloud, a.name], [b.cloud, b.name]));
  return start === undefined
    ? sorted
    : sorted.filter((region) => compare([region.cloud, region.name], [start.cloud, start.region]) >= 0);
}

function compare([cloudA, regionA]: [string, string], [cloudB, regionB]: [string, string]): number {
  const [a, b] = cloudA === cloudB ? [regionA, regionB] : [cloudA, cloudB];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A page token goes on with the same list only: all that chooses objects is part of its key. */
function requestKey(method: string, request: ListRequest, query: Record<string, string>): string {
  const { location, nameOrId, filters, jmespath } = request;
  const what = [
    method,
    location?.cloud,
    location?.region,
    nameOrId,
    sorted(filters),
    jmespath,
    sorted(query),
  ];
  return createHash("sha256").update(JSON.stringify(what)).digest("base64url");
}

function sorted(map: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Which parts of a selection the service itself can apply; all of them are applied here again. */
function pushedFilters(client: ResourceClient): (selection: Selection) => Record<string, string> {
  const upstreamNames = new Map<string, string>();
  for (const field of client.table.desc.fields) {
    const key = sourcesOf(field)[0]?.key ?? "";
    if (field.fieldKind === "scalar" && client.table.options.filters.includes(key)) {
      upstreamNames.set(field.name, key);
    }
  }
  return ({ nameOrId, filters }) => {
    const query: Record<string, string> = {};
    for (const [field, value] of Object.entries(filters)) {
      const key = upstreamNames.get(field);
      if (key !== undefined && value !== "") {
        query[key] = value;
      }
    }
    const isName = nameOrId !== "" && !isGlob(nameOrId) && !looksLikeId(nameOrId);
    return isName ? { ...query, ...nameQuery(client.table, nameOrId) } : query;
  };
}
