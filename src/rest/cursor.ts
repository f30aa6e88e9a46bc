import type { JsonObject } from "../cloud/json.ts";
import type { Cursor } from "./page-token.ts";
import type { UpstreamPage } from "./paging.ts";
import type { ResourceClient } from "./resource-client.ts";

/** Where to go on so that the object at `index` is the next one. */
export function cursorAt(upstream: UpstreamPage, index: number, client: ResourceClient): Cursor {
  const before = upstream.objects[index - 1];
  const after = before === undefined ? undefined : idOf(before, client);
  return { page: upstream.parameters, skip: index, ...(after === undefined ? {} : { after }) };
}

/** Index of the first object of the page that was not answered yet. By id, since objects before it may have gone or come since; by count only if the object itself is gone. */
export function firstUnread(
  upstream: UpstreamPage,
  cursor: Cursor | undefined,
  client: ResourceClient,
): number {
  if (cursor?.after === undefined) {
    return cursor?.skip ?? 0;
  }
  const index = upstream.objects.findIndex((object) => idOf(object, client) === cursor.after);
  return index >= 0 ? index + 1 : Math.max(cursor.skip - 1, 0);
}

function idOf(raw: JsonObject, client: ResourceClient): string | undefined {
  const id = client.prepared(raw)[client.table.idKey];
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}
