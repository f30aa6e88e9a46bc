import { create } from "@bufbuild/protobuf";
import { Fault, isFault } from "../cloud/fault.ts";
import { oneRegion } from "../cloud/one-region.ts";
import { objectPath } from "../cloud/path.ts";
import type { ByteAnswer, Call, Region } from "../cloud/region.ts";
import {
  type DownloadObjectRequest,
  type DownloadObjectResponse,
  DownloadObjectResponseSchema,
  type StorageObject,
} from "../gen/oaktree/v1/object_store_pb.js";
import { Digests } from "../transfer/digest.ts";
import { beyondTheEnd, isWhole, partOf, pieces, rangeHeaders } from "../transfer/range.ts";
import { type Swift, service } from "./swift.ts";

/** Streams an object: what it is, its bytes, their digest. */
export async function* downloadObject(
  swift: Swift,
  request: DownloadObjectRequest,
  call: Call,
): AsyncGenerator<DownloadObjectResponse> {
  const region = await oneRegion(call, request.location);
  const { object, answer } = await open(swift, request, region, call);
  yield create(DownloadObjectResponseSchema, { part: { case: "object", value: object } });
  const digests = new Digests(["md5"]);
  try {
    if (answer !== undefined) {
      for await (const bytes of partOf(answer, request)) {
        await digests.update(bytes);
        for (const value of pieces(bytes)) {
          yield create(DownloadObjectResponseSchema, { part: { case: "data", value } });
        }
      }
    }
    const value = await digests.value("md5");
    const isVerified = isWhole(request) && !object.isLarge && /^[0-9a-f]{32}$/.test(object.etag);
    if (isVerified && object.etag !== value) {
      throw new Fault(
        "DATA_MISMATCH",
        `the md5 of ${JSON.stringify(object.name)} is ${object.etag}, but that of the bytes is ${value}`,
        { metadata: { resourceId: object.name } },
      );
    }
    yield create(DownloadObjectResponseSchema, {
      part: { case: "digest", value: { algorithm: "md5", value, isVerified } },
    });
  } finally {
    digests.close();
  }
}

async function open(
  swift: Swift,
  request: DownloadObjectRequest,
  region: Region,
  call: Call,
): Promise<{ object: StorageObject; answer?: ByteAnswer }> {
  const { container, name, ifMatch } = request;
  try {
    const answer = await region.transfer(
      {
        service,
        method: "GET",
        path: objectPath(container, name),
        headers: { ...rangeHeaders(request), ...(ifMatch === "" ? {} : { "if-match": ifMatch }) },
      },
      call,
    );
    return { object: await swift.message(name, answer.headers, region, call), answer };
  } catch (error) {
    if (isFault(error, "NOT_FOUND")) {
      throw swift.missing(name, region, error);
    }
    if (!isFault(error) || error.metadata.upstreamStatus !== "416") {
      throw error;
    }
    // Nothing is left from there on: fine at the very end, where a resumed download may be.
    const object = await swift.object(request, region, call);
    if (request.offset > object.sizeBytes) {
      throw beyondTheEnd(request.offset, object.sizeBytes);
    }
    return { object };
  }
}
