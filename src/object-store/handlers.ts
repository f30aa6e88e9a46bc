import { create } from "@bufbuild/protobuf";
import { oneRegion } from "../cloud/one-region.ts";
import {
  CreateObjectResponseSchema,
  GetObjectCapabilitiesResponseSchema,
  GetObjectSegmentSizeResponseSchema,
  type NewObject,
  NewObjectSchema,
  ObjectStoreService,
  UploadObjectResponseSchema,
} from "../gen/oaktree/v1/object_store_pb.js";
import type { Engine } from "../rest/engine.ts";
import { type Handlers, handlersOf } from "../rest/handler.ts";
import { once, uploadStream } from "../transfer/upload-stream.ts";
import { capabilities, segmentSize } from "./capabilities.ts";
import { containerHandlers } from "./containers.ts";
import { downloadObject } from "./download.ts";
import { objectHandlers } from "./objects.ts";
import { Swift } from "./swift.ts";
import { uploadObject } from "./upload.ts";

/** The RPCs of `ObjectStoreService` that are more than a REST call: all but lists. */
export function objectStoreHandlers(engine: Engine): Handlers {
  const swift = new Swift(engine);
  return handlersOf(ObjectStoreService, {
    ...containerHandlers(swift),
    ...objectHandlers(swift),

    createObject: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const wanted = request.object ?? create(NewObjectSchema);
      const bytes = once(request.data);
      const size = BigInt(request.data.length);
      const exact = wanted.sizeBytes === undefined ? { ...wanted, sizeBytes: size } : wanted;
      return create(CreateObjectResponseSchema, await uploadObject(swift, exact, bytes, region, call));
    },

    uploadObject: async (requests, call) => {
      const { first, bytes } = await uploadStream(requests, "object");
      const region = await oneRegion(call, first.location);
      const wanted = first.part.value as NewObject;
      return create(UploadObjectResponseSchema, await uploadObject(swift, wanted, bytes, region, call));
    },

    downloadObject: (request, call) => downloadObject(swift, request, call),

    getObjectCapabilities: async (request, call) => {
      const region = await oneRegion(call, request.location);
      return create(GetObjectCapabilitiesResponseSchema, await capabilities(region, call));
    },

    getObjectSegmentSize: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const segmentSizeBytes = await segmentSize(request.segmentSizeBytes, region, call);
      return create(GetObjectSegmentSizeResponseSchema, { segmentSizeBytes });
    },
  });
}
