import { create } from "@bufbuild/protobuf";
import { Fault, isFault } from "../cloud/fault.ts";
import { oneRegion } from "../cloud/one-region.ts";
import { path } from "../cloud/path.ts";
import {
  type Container,
  ContainerAccess,
  CreateContainerResponseSchema,
  GetContainerAccessResponseSchema,
  GetContainerResponseSchema,
  type ObjectStoreService,
  type SetContainerAccessRequest,
  SetContainerAccessResponseSchema,
  UpdateContainerResponseSchema,
} from "../gen/oaktree/v1/object_store_pb.js";
import type { HandlersOf } from "../rest/handler.ts";
import { metadataHeaders, sent } from "./headers.ts";
import type { Swift } from "./swift.ts";

/** What shade calls public: anybody may read and list. */
const publicAcl = ".r:*,.rlistings";

/** The RPCs on single containers. */
export function containerHandlers(swift: Swift) {
  return {
    getContainer: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const container = await swift.container(request.name, region, call);
      return create(GetContainerResponseSchema, { container });
    },

    createContainer: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const { name } = request;
      const there = await swift.container(name, region, call).catch((error: unknown) => {
        if (isFault(error, "NOT_FOUND")) {
          return undefined;
        }
        throw error;
      });
      if (there !== undefined) {
        return create(CreateContainerResponseSchema, { container: there });
      }
      const headers = {
        ...metadataHeaders("Container", request.metadata),
        ...(request.isPublic ? { "x-container-read": publicAcl } : {}),
        ...(request.storagePolicy === "" ? {} : { "x-storage-policy": sent(request.storagePolicy) }),
      };
      await swift.send({ method: "PUT", path: path`/${name}`, headers }, region, call);
      const container = await swift.container(name, region, call);
      return create(CreateContainerResponseSchema, { container });
    },

    updateContainer: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const { name, metadata, removeMetadata } = request;
      const headers = metadataHeaders("Container", metadata, removeMetadata);
      if (Object.keys(headers).length > 0) {
        await swift.post(path`/${name}`, headers, () => swift.missingContainer(name, region), region, call);
      }
      const container = await swift.container(name, region, call);
      return create(UpdateContainerResponseSchema, { container });
    },

    getContainerAccess: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const container = await swift.container(request.name, region, call);
      return create(GetContainerAccessResponseSchema, accessOf(container));
    },

    setContainerAccess: async (request, call) => {
      const headers = accessHeaders(request);
      const region = await oneRegion(call, request.location);
      const { name } = request;
      await swift.post(path`/${name}`, headers, () => swift.missingContainer(name, region), region, call);
      return create(SetContainerAccessResponseSchema, accessOf(await swift.container(name, region, call)));
    },
  } satisfies HandlersOf<typeof ObjectStoreService>;
}

function accessOf({ readAcl, writeAcl }: Container) {
  const { PRIVATE, PUBLIC, CUSTOM } = ContainerAccess;
  const isPublic = readAcl.split(",").toSorted().join() === publicAcl.split(",").toSorted().join();
  const access = isPublic ? PUBLIC : readAcl === "" ? PRIVATE : CUSTOM;
  return { access, readAcl, writeAcl };
}

/** An empty header takes the ACL away. */
function accessHeaders({ access, readAcl, writeAcl }: SetContainerAccessRequest): Record<string, string> {
  const isCustom = access === ContainerAccess.CUSTOM;
  if (readAcl !== undefined && !isCustom) {
    throw refusal("read_acl", "goes with CONTAINER_ACCESS_CUSTOM only");
  }
  if (isCustom && readAcl === undefined && writeAcl === undefined) {
    throw refusal("access", "CONTAINER_ACCESS_CUSTOM needs read_acl or write_acl");
  }
  const read = isCustom ? readAcl : access === ContainerAccess.PUBLIC ? publicAcl : "";
  return {
    ...(read === undefined ? {} : { "x-container-read": sent(read) }),
    ...(writeAcl === undefined ? {} : { "x-container-write": sent(writeAcl) }),
  };
}

function refusal(field: string, description: string): Fault {
  return new Fault("INVALID_REQUEST", `${field}: ${description}`, { fields: [{ field, description }] });
}
