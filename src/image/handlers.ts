import { create } from "@bufbuild/protobuf";
import { oneRegion } from "../cloud/one-region.ts";
import {
  CreateImageResponseSchema,
  ImageSchema,
  ImageService,
  type NewImage,
  NewImageSchema,
  UploadImageResponseSchema,
} from "../gen/oaktree/v1/image_pb.js";
import type { Engine } from "../rest/engine.ts";
import { type Handlers, handlersOf } from "../rest/handler.ts";
import { once, uploadStream } from "../transfer/upload-stream.ts";
import { downloadImage } from "./download.ts";
import { ImageUpload } from "./upload.ts";

/** The RPCs of `ImageService` that are more than a REST call. */
export function imageHandlers(engine: Engine): Handlers {
  const images = engine.resource(ImageSchema);
  const upload = new ImageUpload(images);
  return handlersOf(ImageService, {
    createImage: async (request, call) => {
      const region = await oneRegion(call, request.location);
      const wanted = request.image ?? create(NewImageSchema);
      const { data } = request;
      const answer =
        data === undefined
          ? { image: await images.message(await upload.create(wanted, region, call), region, call) }
          : await upload.upload(wanted, once(data), region, call);
      return create(CreateImageResponseSchema, answer);
    },

    uploadImage: async (requests, call) => {
      const { first, bytes } = await uploadStream(requests, "image");
      const region = await oneRegion(call, first.location);
      const wanted = first.part.value as NewImage;
      return create(UploadImageResponseSchema, await upload.upload(wanted, bytes, region, call));
    },

    downloadImage: (request, call) => downloadImage(images, request, call),
  });
}
