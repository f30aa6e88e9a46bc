// Oaktree as `oaktree serve` makes it, but with handlers of image bytes that do nothing but move them: without digests,
// which cost more than all the rest. Given a clouds.yaml it tells where it listens.
import { create } from "@bufbuild/protobuf";
import { pino } from "pino";
import { Clouds } from "../../src/cloud/clouds.ts";
import { oneRegion } from "../../src/cloud/one-region.ts";
import { join, literalPath } from "../../src/cloud/path.ts";
import {
  DownloadImageResponseSchema,
  ImageService,
  type UploadImageRequest,
  UploadImageResponseSchema,
} from "../../src/gen/oaktree/v1/image_pb.js";
import { createHandlers } from "../../src/handlers.ts";
import { handlersOf } from "../../src/rest/handler.ts";
import { startServer } from "../../src/server/start.ts";
import { imageId } from "./canned-glance.ts";
import { token } from "./processes.ts";
import { Turns } from "./turns.ts";

const [file = ""] = process.argv.slice(2);
const path = join(literalPath("/images"), literalPath(`/${imageId}/file`));
const service = "image";

async function* dataOf(requests: AsyncIterable<UploadImageRequest>): AsyncGenerator<Uint8Array> {
  for await (const { part } of requests) {
    if (part.case === "data") {
      yield part.value;
    }
  }
}

const bare = handlersOf(ImageService, {
  async *downloadImage(request, call) {
    const region = await oneRegion(call, request.location);
    const { body } = await region.transfer({ service, method: "GET", path }, call);
    for await (const value of body) {
      yield create(DownloadImageResponseSchema, { part: { case: "data", value } });
    }
  },
  async uploadImage(requests, call) {
    const messages = requests[Symbol.asyncIterator]();
    const first = await messages.next();
    const { location, part } = first.value as UploadImageRequest;
    const region = await oneRegion(call, location);
    const size = part.case === "image" ? part.value.sizeBytes : undefined;
    const source = dataOf({ [Symbol.asyncIterator]: () => messages });
    await region.transfer(
      { service, method: "PUT", path, source, ...(size !== undefined && { size: Number(size) }) },
      call,
    );
    return create(UploadImageResponseSchema, { image: { id: imageId } });
  },
});

const { url } = await startServer({
  listen: { host: "127.0.0.1", port: 0 },
  handlers: new Map([...createHandlers({ sealKey: new Uint8Array(32) }), ...bare]),
  clouds: await Clouds.load({ file }),
  token,
  logger: pino({ level: "error" }),
});
const turns = new Turns();
process.on("message", (message) => {
  if (message === "begin") {
    turns.begin();
  } else {
    process.send?.(turns.end());
  }
});
process.send?.(url);
process.on("disconnect", () => process.exit());
