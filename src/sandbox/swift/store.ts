import type { Reply } from "../core/http.ts";
import { answer, findContainer, lastModified, type SwiftCall, SwiftError } from "./call.ts";
import { contentType } from "./content-type.ts";
import { deleteAt, objectHeaders } from "./metadata.ts";
import type { Received } from "./receive.ts";
import { type Container, type LargeObject, maxObjects, putObject } from "./state.ts";

/** Keeps what came in; its bytes are counted already. */
export function store(
  call: SwiftCall,
  container: Container,
  data: Received,
  large?: LargeObject,
  headers = call.request.headers,
): Reply {
  const { state, object: name } = call;
  try {
    if (findContainer(call, container.name) !== container) {
      throw new SwiftError(404);
    }
    if (state.objectCount >= maxObjects && !container.objects.has(name)) {
      throw new SwiftError(413, "The sandbox holds no more objects.");
    }
  } catch (error) {
    state.objectBytesUsed -= data.size;
    throw error;
  }
  const now = state.timeline.now();
  putObject(state, container, {
    name,
    ...data,
    large,
    changedAt: now,
    contentType: contentType(headers, name),
    headers: objectHeaders(headers),
    deleteAt: deleteAt(headers, now),
  });
  const etag = large === undefined ? data.etag : `"${large.etag}"`;
  return answer(201, "", { etag, "last-modified": lastModified(now) });
}
