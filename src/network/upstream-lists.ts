import type { DescMessage } from "@bufbuild/protobuf";
import type { JsonObject } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import {
  FloatingIpSchema,
  NetworkSchema,
  PortSchema,
  RouterSchema,
  SubnetSchema,
} from "../gen/oaktree/v1/network_pb.js";
import { pagesOf } from "../rest/paging.ts";
import { type ResourceTable, resourceTable } from "../rest/schema.ts";

/** Most objects of a list that are held at once. A project with more is served from the first ones, by id. */
const maxObjects = 20_000;

const schemas = {
  floatingIps: FloatingIpSchema,
  networks: NetworkSchema,
  ports: PortSchema,
  routers: RouterSchema,
  subnets: SubnetSchema,
} satisfies Record<string, DescMessage>;

const tables = new Map<string, ResourceTable>();

/** A list of Neutron, and when it was answered. */
export interface Answered {
  /** The objects, as they came. */
  readonly objects: JsonObject[];
  /** When, by the cloud's own clock where it says, in milliseconds since 1970. */
  readonly answeredAt: number;
}

/** Reads a whole list of Neutron, as it comes. */
export async function listAll(
  what: keyof typeof schemas,
  query: Readonly<Record<string, string>>,
  region: Region,
  scope: CallScope,
): Promise<JsonObject[]> {
  return (await readAll(what, query, region, scope)).objects;
}

/** Reads a whole list of Neutron, with its time. */
export async function readAll(
  what: keyof typeof schemas,
  query: Readonly<Record<string, string>>,
  region: Region,
  scope: CallScope,
): Promise<Answered> {
  let table = tables.get(what);
  if (table === undefined) {
    table = resourceTable(schemas[what]);
    tables.set(what, table);
  }
  const objects: JsonObject[] = [];
  let answeredAt: number | undefined;
  for await (const page of pagesOf(region, table, { query, limit: 1000 }, scope)) {
    answeredAt ??= page.answeredAt;
    objects.push(...page.objects);
    if (objects.length >= maxObjects) {
      break;
    }
  }
  return { objects, answeredAt: answeredAt ?? Date.now() };
}

/** The ports of a server. */
export function portsOf(serverId: string, region: Region, scope: CallScope): Promise<JsonObject[]> {
  return listAll("ports", { device_id: serverId }, region, scope);
}
