import { header, type Reply } from "../core/http.ts";
import { authorize } from "./access.ts";
import { manifestDelete } from "./bulk-delete.ts";
import {
  answer,
  bad,
  findContainer,
  lastModified,
  type SwiftCall,
  SwiftError,
  type SwiftHandler,
} from "./call.ts";
import { copyFrom, copyTo } from "./copy.ts";
import { deleteAt, limits, objectHeaders } from "./metadata.ts";
import { read } from "./reading.ts";
import { received } from "./receive.ts";
import { type Container, objectOf, objectsOf, removeObject } from "./state.ts";
import { manifestOf } from "./static-large-objects.ts";
import { store } from "./store.ts";

/** The methods of `/v1/{account}/{container}/{object}`. */
export const objectMethods: Readonly<Record<string, SwiftHandler>> = {
  GET: read,
  HEAD: read,
  PUT: (call) => (call.request.headers["x-copy-from"] === undefined ? put(call) : copyFrom(call)),
  COPY: (call) => copyTo(call),
  POST: post,
  DELETE: remove,
};

async function put(call: SwiftCall): Promise<Reply> {
  const isManifest = call.request.query.get("multipart-manifest") === "put";
  const container = mayPut(call);
  const { headers } = call.request;
  if (isManifest) {
    const { large, bytes } = await manifestOf(call);
    const etag = header(headers, "etag");
    if (etag !== undefined && etag.replaceAll('"', "") !== large.etag) {
      throw new SwiftError(422);
    }
    return store(call, container, await received(call, [bytes]), large);
  }
  const data = await received(call, call.request.stream() as AsyncIterable<Buffer>);
  const etag = header(headers, "etag")?.replaceAll('"', "");
  if (etag !== undefined && etag.toLowerCase() !== data.etag) {
    call.state.objectBytesUsed -= data.size;
    throw new SwiftError(422, undefined, { "last-modified": lastModified(call.state.timeline.now()) });
  }
  return store(call, container, data);
}

/** The container that an object may be put into. All that can be refused before the bytes come is refused here. */
function mayPut(call: SwiftCall): Container {
  const { headers } = call.request;
  const onlyNew = header(headers, "if-none-match");
  if (onlyNew !== undefined && onlyNew !== "*") {
    throw bad("If-None-Match only supports *");
  }
  const container = findContainer(call);
  authorize(call, container?.headers.get("x-container-write"));
  if (container === undefined) {
    throw new SwiftError(404);
  }
  const length = header(headers, "content-length");
  if (length === undefined && header(headers, "transfer-encoding") !== "chunked") {
    throw new SwiftError(411, "Missing Content-Length header.", { "content-type": "text/plain" });
  }
  checkQuota(call, container, Number(length ?? 0));
  if (Number(length ?? 0) > limits.max_file_size) {
    throw new SwiftError(413, "Your request is too large.", { "content-type": "text/plain" });
  }
  if (Buffer.byteLength(call.object) > limits.max_object_name_length) {
    const size = Buffer.byteLength(call.object);
    throw bad(`Object name length of ${size} longer than ${limits.max_object_name_length}`);
  }
  deleteAt(headers, call.state.timeline.now());
  objectHeaders(headers);
  if (onlyNew === "*" && objectOf(call.state, container, call.object) !== undefined) {
    throw new SwiftError(412);
  }
  return container;
}

function checkQuota(call: SwiftCall, container: Container, length: number): void {
  const quota = (kind: string) => {
    const value = container.headers.get(`x-container-meta-quota-${kind}`);
    return value === undefined ? Number.POSITIVE_INFINITY : Number(value);
  };
  const objects = objectsOf(call.state, container);
  const bytes = objects.reduce((sum, { size }) => sum + size, 0);
  if (quota("bytes") < bytes + length || quota("count") < objects.length + 1) {
    throw new SwiftError(413, "Upload exceeds quota.");
  }
}

function post(call: SwiftCall): Reply {
  const { state, request } = call;
  const container = findContainer(call);
  authorize(call, container?.headers.get("x-container-write"));
  const object = objectOf(state, container, call.object);
  if (object === undefined) {
    throw new SwiftError(404);
  }
  // All that is not repeated goes; the type stays, and so does what makes it a static large object.
  const headers = objectHeaders(request.headers);
  const over = deleteAt(request.headers, state.timeline.now());
  object.headers = headers;
  object.deleteAt = over;
  object.contentType = header(request.headers, "content-type") ?? object.contentType;
  object.changedAt = state.timeline.now();
  return answer(202);
}

async function remove(call: SwiftCall): Promise<Reply> {
  if (call.request.query.get("multipart-manifest") === "delete") {
    return manifestDelete(call);
  }
  const container = findContainer(call);
  authorize(call, container?.headers.get("x-container-write"));
  const object = objectOf(call.state, container, call.object);
  if (container === undefined || object === undefined) {
    throw new SwiftError(404);
  }
  removeObject(call.state, container, object);
  return answer(204, "");
}
