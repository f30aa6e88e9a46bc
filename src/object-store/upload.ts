import { Fault, isFault } from "../cloud/fault.ts";
import { objectPath } from "../cloud/path.ts";
import type { CallScope, Region, RestAnswer } from "../cloud/region.ts";
import type { NewObject, StorageObject } from "../gen/oaktree/v1/object_store_pb.js";
import { CheckedSource } from "../transfer/checked-source.ts";
import { cleanUpScope } from "../transfer/clean-up.ts";
import { uploadFault } from "../transfer/upload-fault.ts";
import type { PassingBytes } from "../wire/passing-bytes.ts";
import { metadataHeaders, sent } from "./headers.ts";
import { agreement, digestMetadata } from "./stale.ts";
import { type Swift, service } from "./swift.ts";

/** What an upload has come to. */
export interface Uploaded {
  /** The object. */
  readonly object: StorageObject;
  /** It was there already, and nothing was sent. */
  readonly isUnchanged: boolean;
}

/** Puts one object, bytes and all. */
export async function uploadObject(
  swift: Swift,
  wanted: NewObject,
  bytes: AsyncIterable<PassingBytes>,
  region: Region,
  scope: CallScope,
): Promise<Uploaded> {
  const before = await swift.objectIfThere(wanted, region, scope);
  if (!wanted.allowUnchanged && before !== undefined && agreement(before, wanted) === true) {
    return { object: before, isUnchanged: true };
  }
  const source = new CheckedSource(bytes, wanted, "md5");
  try {
    const stored = await put(wanted, source, region, scope);
    await compare(stored, source, wanted, before, swift, region);
    const object = await swift.object(wanted, region, scope).catch(() => {
      // It is stored, whatever happens now: the token may have ended, or the cloud be gone.
      scope.signal.throwIfAborted();
      return swift.message(wanted.name, described(wanted, stored, source), region, scope);
    });
    return { object, isUnchanged: false };
  } catch (error) {
    const cause = uploadFault(error, source);
    if (isFault(cause, "OUTCOME_UNKNOWN") && !scope.signal.aborted) {
      const object = await storedAfterAll(swift, wanted, source, region, scope);
      if (object !== undefined) {
        return { object, isUnchanged: false };
      }
    }
    throw explained(cause, wanted, swift, region);
  } finally {
    source.close();
  }
}

async function put(
  wanted: NewObject,
  source: CheckedSource,
  region: Region,
  scope: CallScope,
): Promise<RestAnswer["headers"]> {
  const { headers, body } = await region.transfer(
    {
      service,
      method: "PUT",
      path: objectPath(wanted.container, wanted.name),
      contentType: contentTypeOf(wanted),
      headers: {
        ...metadataOf(wanted),
        // Swift compares the bytes with it before it keeps them.
        ...(wanted.md5 === "" ? {} : { etag: wanted.md5.toLowerCase() }),
        ...(wanted.deleteAfterSeconds === undefined
          ? {}
          : { "x-delete-after": String(wanted.deleteAfterSeconds) }),
      },
      source,
      ...(wanted.sizeBytes === undefined ? {} : { size: Number(wanted.sizeBytes) }),
    },
    scope,
  );
  for await (const _ of body) {
    // 201 has no body; whatever comes is read so that the connection is free again.
  }
  return headers;
}

function contentTypeOf({ contentType }: NewObject): string {
  return contentType === "" ? "application/octet-stream" : sent(contentType);
}

function metadataOf(wanted: NewObject): Record<string, string> {
  return metadataHeaders("Object", { ...wanted.metadata, ...digestMetadata(wanted) });
}

/** The headers that Swift would describe the object with, as far as its answer to the upload tells. */
function described(
  wanted: NewObject,
  stored: RestAnswer["headers"],
  source: CheckedSource,
): RestAnswer["headers"] {
  const { etag, "last-modified": time } = stored;
  const { deleteAfterSeconds: after } = wanted;
  const made = Date.parse(String(time)) / 1000;
  return {
    ...metadataOf(wanted),
    "content-type": contentTypeOf(wanted),
    "content-length": String(source.size),
    ...(etag !== undefined && { etag }),
    ...(time !== undefined && { "last-modified": time }),
    ...(after !== undefined && !Number.isNaN(made) && { "x-delete-at": String(made + Number(after)) }),
  };
}

/** Holds what Swift says it has stored to what was sent. Anything else is removed. */
async function compare(
  headers: RestAnswer["headers"],
  source: CheckedSource,
  wanted: NewObject,
  before: StorageObject | undefined,
  swift: Swift,
  region: Region,
): Promise<void> {
  const theirs = String(headers.etag ?? "").replaceAll('"', "");
  const ours = await source.digest("md5");
  if (theirs === "" || theirs === ours) {
    return;
  }
  const removed = await swift
    .send({ method: "DELETE", path: objectPath(wanted.container, wanted.name) }, region, cleanUpScope())
    .then(
      () => "the upload was removed",
      () => "and the upload could not be removed",
    );
  const old = before === undefined ? "" : "; the object that was there before is gone";
  throw new Fault(
    "DATA_MISMATCH",
    `the cloud's md5 ${theirs} is not that of the bytes sent, ${ours}: ${removed}${old}`,
  );
}

/** The answer was lost when all bytes were sent: what is there now tells what has happened. */
async function storedAfterAll(
  swift: Swift,
  wanted: NewObject,
  source: CheckedSource,
  region: Region,
  scope: CallScope,
): Promise<StorageObject | undefined> {
  const found = await swift.objectIfThere(wanted, region, scope).catch(() => undefined);
  return found !== undefined && found.etag === (await source.digest("md5")) ? found : undefined;
}

function explained(error: unknown, wanted: NewObject, swift: Swift, region: Region): unknown {
  if (!(error instanceof Fault)) {
    return error;
  }
  const status = error.metadata.upstreamStatus;
  if (status === "404") {
    return swift.missingContainer(wanted.container, region, error);
  }
  // Swift's answer to bytes that are not those of the ETag header.
  if (status === "422") {
    return new Fault("DATA_MISMATCH", `the cloud got bytes with another md5 than ${wanted.md5}`, {
      metadata: { ...error.metadata, resourceId: wanted.name },
      cause: error,
    });
  }
  return error.with({ resourceId: wanted.name });
}
