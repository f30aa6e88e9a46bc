import { createHash } from "node:crypto";
import { header, type Reply } from "../core/http.ts";
import { checkOwner, findImage, type GlanceCall, GlanceError, type GlanceHandler } from "./call.ts";
import type { Image, ImageData } from "./state.ts";

/** The data of images. */
export const dataRoutes: Readonly<Record<string, GlanceHandler>> = {
  "PUT /v2/images/:id/file": upload,
  "GET /v2/images/:id/file": download,
};

async function upload(call: GlanceCall): Promise<Reply> {
  checkOctets(call);
  checkByPut(call);
  const image = findImage(call);
  checkOwner(call, image, "upload_image", `Not allowed to upload image data for image ${image.id}`);
  if (image.status !== "queued") {
    throw new GlanceError(409, `Image status transition from ${image.status} to saving is not allowed`);
  }
  const missing = [
    ...(image.diskFormat === null ? ["disk_format"] : []),
    ...(image.containerFormat === null ? ["container_format"] : []),
  ];
  if (missing.length > 0) {
    throw new GlanceError(400, `Properties ${missing.join(", ")} must be set prior to saving data.`);
  }
  image.status = "saving";
  try {
    image.data = await receive(call, image);
    image.status = "active";
    image.updatedAt = call.world.timeline.now();
  } catch (error) {
    // A client that goes away leaves the image as it was, to be tried again.
    image.status = "queued";
    throw error;
  }
  return { status: 204, headers: { "content-type": "text/html; charset=UTF-8" } };
}

/** Refuses what does not say that it is bytes. */
export function checkOctets({ request }: GlanceCall): void {
  const type = header(request.headers, "content-type") ?? "";
  if (type !== "application/octet-stream") {
    throw new GlanceError(415, `The request media type ${type} is not supported by this server.`);
  }
}

/** Refuses bytes where images come by tasks. */
export function checkByPut({ objects }: GlanceCall): void {
  if (objects !== undefined) {
    throw new GlanceError(403, "You are not authorized to complete upload_image action.");
  }
}

/** Takes the data in. What is on its way counts against the bound, so that uploads at once keep to it too. */
export async function receive(call: GlanceCall, image: Image): Promise<ImageData> {
  const { world } = call;
  checkRoom(world, Number(header(call.request.headers, "content-length") ?? 0));
  const md5 = createHash("md5");
  const sha512 = createHash("sha512");
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of call.request.stream() as AsyncIterable<Buffer>) {
      size += chunk.length;
      world.imageBytesUsed += chunk.length;
      checkRoom(world, 0);
      md5.update(chunk);
      sha512.update(chunk);
      chunks.push(chunk);
    }
    if (!world.images.has(image.id)) {
      throw new GlanceError(404, `Image ${image.id} was deleted while it was saved.`);
    }
  } catch (error) {
    world.imageBytesUsed -= size;
    throw error;
  }
  return { bytes: Buffer.concat(chunks), md5: md5.digest("hex"), sha512: sha512.digest("hex") };
}

/** Refuses what the sandbox has no room for, in the words of Glance's storage quota (glance/quota/__init__.py). */
function checkRoom({ imageBytes, imageBytesUsed }: GlanceCall["world"], more: number): void {
  const remaining = imageBytes - imageBytesUsed;
  if (more > remaining) {
    const words = `The size of the data ${more} will exceed the limit. ${remaining} bytes remaining.`;
    throw new GlanceError(413, `Image exceeds the storage quota: ${words}`);
  }
}

function download(call: GlanceCall): Reply {
  const { data, status } = findImage(call);
  if (status === "deactivated" && !call.caller.admin) {
    throw new GlanceError(403, "The requested image has been deactivated. Image data download is forbidden.");
  }
  if (data === undefined) {
    return { status: 204 };
  }
  const headers = { "content-type": "application/octet-stream", "content-md5": data.md5 };
  const range = header(call.request.headers, "range");
  if (range === undefined) {
    return { status: 200, headers, bytes: data.bytes };
  }
  const size = data.bytes.length;
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from + to === "" || start >= size || end < start) {
    const words = `Invalid start position in Range header. Start position MUST be in the inclusive range [0, ${size - 1}].`;
    throw new GlanceError(416, `The Range requested is not available.\n\n ${words}`);
  }
  return {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${start}-${end}/${size}` },
    bytes: data.bytes.subarray(start, end + 1),
  };
}
