import { header, type Reply } from "../core/http.ts";
import { authorize } from "./access.ts";
import { report } from "./bulk-report.ts";
import { findContainer, makeAccount, quoted, type SwiftCall, SwiftError } from "./call.ts";
import { acceptable } from "./listing.ts";
import { objectOf, objectsOf, removeObject } from "./state.ts";

const most = 10_000;

/** What came of deleting many. */
interface Tally {
  deleted: number;
  missing: number;
  readonly errors: [string, string][];
}

/** `POST ?bulk-delete`: deletes the objects and empty containers that the lines of the body name. */
export async function bulkDelete(call: SwiftCall): Promise<Reply> {
  const body = await call.request.body();
  const names = body
    .toString()
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const tally: Tally = { deleted: 0, missing: 0, errors: [] };
  for (const name of names.slice(0, most)) {
    remove(call, decoded(name), tally);
  }
  return told(call, tally, tally.errors.length > 0 ? "400 Bad Request" : "200 OK");
}

/** `DELETE ?multipart-manifest=delete`: a static large object with all that it is joined of. */
export function manifestDelete(call: SwiftCall): Reply {
  const tally: Tally = { deleted: 0, missing: 0, errors: [] };
  const seen = new Set<string>();
  const down = (path: string) => {
    const [, container = "", name = ""] = /^\/*([^/]*)\/(.*)$/s.exec(path) ?? [];
    const object = objectOf(call.state, findContainer(call, container), name);
    if (seen.has(path) || object?.large === undefined) {
      return;
    }
    seen.add(path);
    for (const segment of object.large.segments) {
      if ("name" in segment) {
        down(segment.name);
        remove(call, segment.name, tally);
      }
    }
  };
  const path = `/${call.container}/${call.object}`;
  const object = objectOf(call.state, findContainer(call), call.object);
  authorize(call, findContainer(call)?.headers.get("x-container-write"));
  if (object !== undefined && object.large === undefined) {
    tally.errors.push([quoted(path), "Not an SLO manifest"]);
    return told(call, tally, "400 Bad Request");
  }
  down(path);
  remove(call, path, tally);
  return told(call, tally, tally.errors.length > 0 ? "400 Bad Request" : "200 OK");
}

function remove(call: SwiftCall, path: string, tally: Tally): void {
  const [, name = "", object] = /^\/*([^/]*)(?:\/(.*))?$/s.exec(path) ?? [];
  const container = findContainer(call, name);
  try {
    authorize(
      { ...call, container: name, object: object ?? "" },
      container?.headers.get("x-container-write"),
    );
  } catch (error) {
    if (!(error instanceof SwiftError)) {
      throw error;
    }
    tally.errors.push([quoted(path), `${error.reply.status} Forbidden`]);
    return;
  }
  const found = object === undefined ? undefined : objectOf(call.state, container, object);
  if (container !== undefined && found !== undefined) {
    removeObject(call.state, container, found);
    tally.deleted++;
  } else if (container === undefined || (object !== undefined && object !== "")) {
    tally.missing++;
  } else if (objectsOf(call.state, container).length > 0) {
    tally.errors.push([quoted(path), "409 Conflict"]);
  } else {
    makeAccount(call).containers.delete(name);
    call.state.containerCount--;
    tally.deleted++;
  }
}

function told(call: SwiftCall, { deleted, missing, errors }: Tally, status: string): Reply {
  const type = acceptable(header(call.request.headers, "accept"), ["text/plain", "application/json"]);
  const facts = {
    "Response Status": status,
    "Response Body": "",
    "Number Deleted": deleted,
    "Number Not Found": missing,
  };
  return {
    status: 200,
    headers: { "content-type": type ?? "text/plain" },
    text: report(type ?? "text/plain", facts, errors),
  };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
