import { create } from "@bufbuild/protobuf";
import { isFault } from "../cloud/fault.ts";
import { oneRegion } from "../cloud/one-region.ts";
import { objectPath } from "../cloud/path.ts";
import type { RestAnswer } from "../cloud/region.ts";
import {
  CreateDirectoryMarkerObjectResponseSchema,
  DeleteObjectResponseSchema,
  GetObjectMetadataResponseSchema,
  IsObjectStaleResponseSchema,
  type ObjectStoreService,
  type UpdateObjectRequest,
  UpdateObjectResponseSchema,
} from "../gen/oaktree/v1/object_store_pb.js";
import type { HandlersOf } from "../rest/handler.ts";
import { metadataHeaders, sent } from "./headers.ts";
import { agreement } from "./stale.ts";
import type { Swift } from "./swift.ts";

/** The RPCs on single objects that move no bytes. */
export function objectHandlers(swift: Swift) {
  return {
    getObjectMetadata: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const object = await swift.object(request, region, call);
      return create(GetObjectMetadataResponseSchema, { object });
    },

    createDirectoryMarkerObject: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const { container, name } = request;
      await swift
        .send(
          {
            method: "PUT",
            path: objectPath(container, name),
            headers: { "content-type": "application/directory", "content-length": "0" },
          },
          region,
          call,
        )
        .catch((error: unknown) => {
          throw isFault(error, "NOT_FOUND") ? swift.missingContainer(container, region, error) : error;
        });
      const object = await swift.object(request, region, call);
      return create(CreateDirectoryMarkerObjectResponseSchema, { object });
    },

    updateObject: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const { container, name } = request;
      const before = await swift.objectHeaders(request, region, call);
      await swift.post(
        objectPath(container, name),
        changed(before, request),
        () => swift.missing(name, region),
        region,
        call,
      );
      const object = await swift.object(request, region, call);
      return create(UpdateObjectResponseSchema, { object });
    },

    deleteObject: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const { container, name } = request;
      try {
        const headers = await swift.objectHeaders(request, region, call);
        // As a query parameter: as a header Swift ignores it, and the segments stay.
        const query =
          headers["x-static-large-object"] === undefined ? {} : { "multipart-manifest": "delete" };
        await swift.send({ method: "DELETE", path: objectPath(container, name), query }, region, call);
      } catch (error) {
        if (!isFault(error, "NOT_FOUND")) {
          throw error;
        }
        if (!request.allowMissing) {
          throw swift.missing(name, region, error);
        }
      }
      return create(DeleteObjectResponseSchema);
    },

    isObjectStale: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const object = await swift.objectIfThere(request, region, call);
      const isStale = object === undefined || agreement(object, request) !== true;
      return create(IsObjectStaleResponseSchema, { isStale });
    },
  } satisfies HandlersOf<typeof ObjectStoreService>;
}

/**
 * Headers that a POST takes away where it does not repeat them (swift/obj/server.py,
 * POST, and its allowed_headers). Without its manifest a large object would be empty.
 */
const repeated = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "expires",
  "x-delete-at",
  "x-object-manifest",
  "x-robots-tag",
];

const prefix = "x-object-meta-";

/** All that an object's headers are to be after a change. */
function changed(before: RestAnswer["headers"], request: UpdateObjectRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(before)) {
    if (typeof value === "string" && (repeated.includes(name) || name.startsWith(prefix))) {
      // As it came, byte by byte.
      headers[name] = value;
    }
  }
  for (const key of request.removeMetadata) {
    delete headers[prefix + key.toLowerCase()];
  }
  if (request.deleteAfterSeconds !== undefined) {
    delete headers["x-delete-at"];
  }
  return {
    ...headers,
    ...metadataHeaders("Object", request.metadata),
    ...(request.contentType === undefined ? {} : { "content-type": sent(request.contentType) }),
    ...(request.deleteAfterSeconds ? { "x-delete-after": String(request.deleteAfterSeconds) } : {}),
  };
}
