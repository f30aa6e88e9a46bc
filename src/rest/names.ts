import { Fault, isFault } from "../cloud/fault.ts";
import type { Region } from "../cloud/region.ts";
import { NameQuery } from "../gen/oaktree/rest/v1/annotations_pb.js";
import type { ResourceTable } from "./schema.ts";

/** The ids that OpenStack's services make: UUIDs, and hex without dashes in Keystone. */
const generatedId = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Most ids that an error lists. */
const maxCandidates = 20;

/** Whether it has the form of the ids that services make. Not every id has: flavors may be called anything. */
export function looksLikeId(nameOrId: string): boolean {
  return generatedId.test(nameOrId);
}

/** The query parameters that narrow a list to a name, as far as the service can. */
export function nameQuery({ options }: ResourceTable, name: string): Record<string, string> {
  switch (options.nameQuery) {
    case NameQuery.EXACT:
      return { name };
    case NameQuery.REGEX:
      // Nova hands it to the database's REGEXP (nova/db/main/api.py,
      // _regex_instance_filter); the exact match is made here afterwards.
      return /^[\w .@:-]+$/.test(name) ? { name: `^${name.replaceAll(".", "\\.")}$` } : {};
    default:
      return {};
  }
}

/** The error for an object that is not there. */
export function missing(
  { noun, options }: ResourceTable,
  nameOrId: string,
  region: Region,
  cause?: unknown,
): Fault {
  const known = isFault(cause) ? cause.metadata : {};
  return new Fault(
    "NOT_FOUND",
    `there is no ${noun} ${JSON.stringify(nameOrId)} in ${Object.values(whereabouts(region, options)).join("/")}`,
    {
      metadata: { ...known, ...whereabouts(region, options), service: options.service, resourceId: nameOrId },
      cause,
    },
  );
}

/** The error for a name that several objects have. */
export function ambiguous(
  { noun, options }: ResourceTable,
  name: string,
  ids: readonly string[],
  region: Region,
): Fault {
  const candidates = ids.slice(0, maxCandidates).join(", ");
  return new Fault(
    "AMBIGUOUS_NAME",
    `${ids.length} ${noun}s in ${Object.values(whereabouts(region, options)).join("/")} have the name ${JSON.stringify(name)}: ${candidates}`,
    { metadata: { ...whereabouts(region, options), service: options.service, candidates } },
  );
}

function whereabouts(region: Region, { cloudLevel }: ResourceTable["options"]): Record<string, string> {
  return { cloud: region.cloud, ...(!cloudLevel && { region: region.name }) };
}
