import { getHashes } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { Fault, isFault } from "../cloud/fault.ts";
import { oneRegion } from "../cloud/one-region.ts";
import { join, literalPath } from "../cloud/path.ts";
import type { ByteAnswer, Call, Region } from "../cloud/region.ts";
import {
  type DownloadImageRequest,
  type DownloadImageResponse,
  DownloadImageResponseSchema,
  type Image,
  type ImageSchema,
} from "../gen/oaktree/v1/image_pb.js";
import type { ResourceClient } from "../rest/resource-client.ts";
import { Digests } from "../transfer/digest.ts";
import { beyondTheEnd, isWhole, partOf, pieces, type Range, rangeHeaders } from "../transfer/range.ts";

/** Streams an image: what it is, its bytes or some of them, their digest. */
export async function* downloadImage(
  images: ResourceClient<typeof ImageSchema>,
  request: DownloadImageRequest,
  call: Call,
): AsyncGenerator<DownloadImageResponse> {
  const region = await oneRegion(call, request.location);
  const { id, raw } = await images.find(request.nameOrId, region, call);
  const image = await images.message(raw, region, call);
  const answer = await open(images, image, request, region, call);
  yield create(DownloadImageResponseSchema, { part: { case: "image", value: image } });
  const { algorithm, expected } = digestOf(image);
  const digests = new Digests([algorithm]);
  try {
    if (answer !== undefined) {
      for await (const bytes of partOf(answer, request)) {
        await digests.update(bytes);
        for (const value of pieces(bytes)) {
          yield create(DownloadImageResponseSchema, { part: { case: "data", value } });
        }
      }
    }
    const wanted = sizeOf(image, request);
    if (wanted !== undefined && BigInt(digests.size) !== wanted) {
      throw new Fault("DATA_MISMATCH", `image ${id} has ${wanted} bytes there, but ${digests.size} came`, {
        metadata: { resourceId: id },
      });
    }
    const value = await digests.value(algorithm);
    const isVerified = isWhole(request) && expected !== "";
    if (isVerified && expected !== value) {
      throw new Fault(
        "DATA_MISMATCH",
        `the ${algorithm} of image ${id} is ${expected}, but that of the bytes is ${value}`,
        { metadata: { resourceId: id } },
      );
    }
    yield create(DownloadImageResponseSchema, {
      part: { case: "digest", value: { algorithm, value, isVerified } },
    });
  } finally {
    digests.close();
  }
}

/** Asks for the bytes. Undefined: there are none from there on. */
async function open(
  images: ResourceClient<typeof ImageSchema>,
  image: Image,
  range: Range,
  region: Region,
  call: Call,
): Promise<ByteAnswer | undefined> {
  const { id, sizeBytes } = image;
  if (sizeBytes !== undefined && range.offset > sizeBytes) {
    throw beyondTheEnd(range.offset, sizeBytes);
  }
  if (sizeBytes !== undefined && range.offset > 0n && range.offset === sizeBytes) {
    // A resumed download may be here; Glance would answer 416.
    return undefined;
  }
  try {
    const answer = await region.transfer(
      {
        service: images.table.options.service,
        method: "GET",
        path: join(images.pathOf(id), literalPath("/file")),
        headers: rangeHeaders(range),
      },
      call,
    );
    // Glance answers 204 for an image that has no bytes (api-ref, "Download binary image data").
    if (answer.status === 204) {
      throw new Fault("NO_DATA", `image ${id} is ${image.statusText} and has no bytes`, {
        metadata: { resourceId: id },
      });
    }
    return answer;
  } catch (error) {
    throw isFault(error) && error.metadata.upstreamStatus === "416"
      ? beyondTheEnd(range.offset, sizeBytes)
      : error;
  }
}

/** How many bytes are to come, where that is known. */
function sizeOf({ sizeBytes }: Image, { offset, length }: Range): bigint | undefined {
  const rest = sizeBytes === undefined ? undefined : sizeBytes - offset;
  return rest !== undefined && length !== undefined && length < rest ? length : rest;
}

/** The digest that the cloud keeps: the multihash since Rocky, MD5 before it. */
function digestOf(image: Image): { algorithm: string; expected: string } {
  if (image.hashValue !== "" && getHashes().includes(image.hashAlgorithm)) {
    return { algorithm: image.hashAlgorithm, expected: image.hashValue };
  }
  return image.md5 === "" ? { algorithm: "sha512", expected: "" } : { algorithm: "md5", expected: image.md5 };
}
