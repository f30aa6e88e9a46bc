import { toJson } from "@bufbuild/protobuf";
import { Fault } from "../cloud/fault.ts";
import type { JsonObject, JsonValue } from "../cloud/json.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import {
  type CreateServerRequest,
  CreateServerRequestSchema,
  type ServerNic,
  ServerSchema,
} from "../gen/oaktree/v1/compute_pb.js";
import { NetworkSchema } from "../gen/oaktree/v1/network_pb.js";
import { networkConfig } from "../network/role-config.ts";
import { compileEncoder, isNewer } from "../rest/encode.ts";
import type { Engine } from "../rest/engine.ts";
import { blockDevices } from "./block-devices.ts";
import type { ServerFloatingIps } from "./pending-steps.ts";
import {
  autoIpKey,
  ipsKey,
  type RequestMarks,
  refuseMarks,
  requestMarks,
  writeAutoIp,
  writeIps,
} from "./server-marks.ts";

/** A request of `CreateServer` in Nova's words. */
export interface ServerBody {
  /** The body of the POST. */
  readonly body: JsonObject;
  /** The lowest microversion that knows all of it. */
  readonly minMicroversion: string | undefined;
  /** Whether several servers are asked for: then the answer is a reservation of them. */
  readonly isMany: boolean;
  /** The marks of a call with a `request_id`. */
  readonly marks: { readonly names: RequestMarks; readonly byTag: boolean } | undefined;
}

/** Microversion that takes `networks: "auto"` and, in turn, wants `networks` to be said. */
const networksRequiredSince = "2.37";

/** Microversion that takes a tag on a card. Nova forgot it between 2.33 and 2.41 (api-ref, servers). */
const nicTagSince = "2.42";

/** Microversion that takes tags with a new server. */
const tagsSince = "2.52";

/** Fields that are more than a value to write down. */
const ownFields = [
  "image",
  "networks",
  "nics",
  "security_groups",
  "boot_volume",
  "new_boot_volume",
  "volumes",
  "delete_boot_volume_on_termination",
  "server_group",
  "scheduler_hints",
  "auto_ip",
  "reuse_ips",
  "ip_pool",
  "ips",
  "nat_destination",
  "request_id",
  "max_count",
  "min_count",
];

/** Makes the body of a new server; names become ids on the way. */
export function serverBodies(engine: Engine, floatingIps: ServerFloatingIps) {
  const servers = engine.resource(ServerSchema);
  const encode = compileEncoder(CreateServerRequestSchema, servers.table, ownFields);

  return async (request: CreateServerRequest, region: Region, scope: CallScope): Promise<ServerBody> => {
    refuseMarks(request.metadata, request.tags);
    checkCounts(request);
    if (request.networks.length > 0 && request.nics.length > 0) {
      const description = "cannot be given together with networks";
      throw new Fault("INVALID_REQUEST", `nics: ${description}`, {
        fields: [{ field: "nics", description }],
      });
    }
    const find = (typeName: string, nameOrId: string) => engine.find(typeName, nameOrId, region, scope);
    const [encoded, imageRef, cards, devices, hints, pending, microversion] = await Promise.all([
      encode(request, find),
      imageRefOf(request, find),
      cardsOf(request, region, find),
      blockDevices(request, engine, region, scope),
      hintsOf(request, find),
      pendingStep(request, find, (wanted) => floatingIps.claim(wanted, region, scope)),
      region.microversion("compute", servers.table.options.maxMicroversion, scope),
    ]);
    const server: JsonObject = encoded.body;
    const isAtLeast = (wanted: string) => microversion !== undefined && !isNewer(wanted, microversion);
    if (imageRef !== undefined) {
      server.imageRef = imageRef;
    }
    if (devices !== undefined) {
      server.block_device_mapping_v2 = devices;
    }
    if (cards.length > 0) {
      server.networks = cards;
    } else if (isAtLeast(networksRequiredSince)) {
      server.networks = "auto";
    }
    if (request.securityGroups.length > 0) {
      server.security_groups = request.securityGroups.map((name) => ({ name }));
    }
    const isMany = request.maxCount > 1;
    if (isMany) {
      server.max_count = request.maxCount;
      server.min_count = request.minCount || request.maxCount;
      server.return_reservation_id = true;
    }
    const names = request.requestId === "" ? undefined : requestMarks(request.requestId, contentOf(request));
    const byTag = isAtLeast(tagsSince);
    const metadata: Record<string, JsonValue> = {
      ...request.metadata,
      ...pending,
      ...(names === undefined || byTag ? {} : { [names.call]: "1", [names.content]: "1" }),
    };
    if (Object.keys(metadata).length > 0) {
      server.metadata = metadata;
    }
    if (names !== undefined && byTag) {
      server.tags = [...request.tags, names.call, names.content];
    }
    return {
      body: { server, ...(hints === undefined ? {} : { "os:scheduler_hints": hints }) },
      minMicroversion: newest(
        encoded.minMicroversion,
        request.nics.some(({ tag }) => tag !== "") ? nicTagSince : undefined,
      ),
      isMany,
      marks: names === undefined ? undefined : { names, byTag },
    };
  };
}

/** Repeats could not be told from the other servers of the call, and an address leads to one server. */
function checkCounts({ maxCount, minCount, requestId, ips }: CreateServerRequest): void {
  const wrong = (field: string, description: string) =>
    new Fault("INVALID_REQUEST", `${field}: ${description}`, { fields: [{ field, description }] });
  if (maxCount > 1 && requestId !== "") {
    throw wrong("request_id", "cannot be given for more than one server");
  }
  if (maxCount > 1 && ips.length > 0) {
    throw wrong("ips", "cannot be given for more than one server");
  }
  if (minCount > Math.max(maxCount, 1)) {
    throw wrong("min_count", "is more than max_count");
  }
}

type Find = (typeName: string, nameOrId: string) => Promise<string>;

/** Nova wants no image where a new volume gets its content. */
async function imageRefOf(
  { image, newBootVolume }: CreateServerRequest,
  find: Find,
): Promise<string | undefined> {
  if (image === "") {
    return undefined;
  }
  return newBootVolume === undefined ? find("oaktree.v1.Image", image) : "";
}

function cardsOf(request: CreateServerRequest, region: Region, find: Find): Promise<JsonValue[]> {
  const network = (nameOrId: string) => find(NetworkSchema.typeName, nameOrId);
  // Where nothing is said, the network that clouds.yaml calls `default_interface` is meant, as in shade.
  const isSilent = request.networks.length === 0 && request.nics.length === 0;
  const configured = networkConfig(region).networks.filter(({ defaultInterface }) => defaultInterface);
  const networks = isSilent ? configured.map(({ name }) => name) : request.networks;
  return Promise.all([
    ...networks.map(async (name) => ({ uuid: await network(name) })),
    ...request.nics.map((nic) => cardOf(nic, network)),
  ]);
}

async function cardOf(nic: ServerNic, network: (nameOrId: string) => Promise<string>): Promise<JsonObject> {
  const card: JsonObject = {};
  if (nic.target.case === "network") {
    card.uuid = await network(nic.target.value);
  } else if (nic.target.case === "portId") {
    card.port = nic.target.value;
  }
  if (nic.fixedIp !== "") {
    card.fixed_ip = nic.fixedIp;
  }
  if (nic.tag !== "") {
    card.tag = nic.tag;
  }
  return card;
}

async function hintsOf(request: CreateServerRequest, find: Find): Promise<JsonObject | undefined> {
  const group =
    request.serverGroup === "" ? undefined : await find("oaktree.v1.ServerGroup", request.serverGroup);
  if (group === undefined) {
    return request.schedulerHints;
  }
  return { ...request.schedulerHints, group };
}

/** The note of what is to be done when the server is up: of pool, given addresses and `auto_ip` the first. */
async function pendingStep(
  { autoIp, ipPool, ips, natDestination, reuseIps }: CreateServerRequest,
  find: Find,
  claim: (addressesOrIds: readonly string[]) => Promise<string[]>,
): Promise<Record<string, string>> {
  if (!autoIp && ipPool === "" && ips.length === 0) {
    return {};
  }
  const isGiven = ipPool === "" && ips.length > 0;
  const network = async (name: string) => (name === "" ? undefined : find(NetworkSchema.typeName, name));
  const [pool, end, ids] = await Promise.all([
    network(ipPool),
    network(natDestination),
    isGiven ? claim(ips) : [],
  ]);
  const where = end === undefined ? {} : { natDestination: end };
  if (isGiven) {
    return { [ipsKey]: writeIps({ ids, ...where }) };
  }
  return { [autoIpKey]: writeAutoIp({ reuse: reuseIps, ...(pool === undefined ? {} : { pool }), ...where }) };
}

/** What the request asks for, without the name of the call itself. */
function contentOf(request: CreateServerRequest): JsonValue {
  return toJson(CreateServerRequestSchema, { ...request, requestId: "" });
}

function newest(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || (b !== undefined && isNewer(b, a)) ? b : a;
}
