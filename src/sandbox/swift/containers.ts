import { header, type Reply } from "../core/http.ts";
import { authorize, cleanAcl } from "./access.ts";
import { bulkDelete } from "./bulk-delete.ts";
import {
  answer,
  bad,
  findContainer,
  headerText,
  lastModified,
  makeAccount,
  micros,
  type SwiftCall,
  SwiftError,
  type SwiftHandler,
  timestamp,
} from "./call.ts";
import { listing, picked } from "./listing.ts";
import { limits, merge } from "./metadata.ts";
import { type Container, maxContainers, objectsOf, type StoredObject } from "./state.ts";

/** The methods of `/v1/{account}/{container}`. */
export const containerMethods: Readonly<Record<string, SwiftHandler>> = {
  GET: list,
  HEAD: list,
  PUT: put,
  POST: (call) => {
    if (call.request.query.has("bulk-delete")) {
      return bulkDelete(call);
    }
    authorize(call);
    change(call, found(call));
    return answer(204, "");
  },
  DELETE: (call) => {
    authorize(call);
    const container = found(call);
    if (objectsOf(call.state, container).length > 0) {
      throw new SwiftError(409);
    }
    makeAccount(call).containers.delete(container.name);
    call.state.containerCount--;
    return answer(204, "");
  },
};

function found(call: SwiftCall): Container {
  const container = findContainer(call);
  if (container === undefined) {
    throw new SwiftError(404);
  }
  return container;
}

function put(call: SwiftCall): Reply {
  authorize(call);
  const { state, container: name, request } = call;
  if (Buffer.byteLength(name) > limits.max_container_name_length) {
    const longest = limits.max_container_name_length;
    throw new SwiftError(400, `Container name length of ${Buffer.byteLength(name)} longer than ${longest}`);
  }
  const policy = header(request.headers, "x-storage-policy") ?? "";
  if (policy !== "" && policy.toLowerCase() !== "policy-0") {
    throw bad(`Invalid X-Storage-Policy '${policy}'`);
  }
  const there = findContainer(call);
  if (there === undefined && state.containerCount >= maxContainers) {
    throw new SwiftError(413, "The sandbox holds no more containers.");
  }
  const now = state.timeline.now();
  const container = there ?? { name, createdAt: now, changedAt: now, headers: new Map(), objects: new Map() };
  change(call, container);
  if (there !== undefined) {
    return answer(202);
  }
  makeAccount(call).containers.set(name, container);
  state.containerCount++;
  return answer(201, "");
}

function change(call: SwiftCall, container: Container): void {
  const { headers } = call.request;
  for (const kind of ["bytes", "count"]) {
    const quota = header(headers, `x-container-meta-quota-${kind}`) ?? "";
    if (quota !== "" && !/^\d+$/.test(quota)) {
      throw new SwiftError(400, `Invalid ${kind} quota.`);
    }
  }
  const lists = ["x-container-read", "x-container-write"].flatMap((name): [string, string][] => {
    const value = header(headers, name);
    return value === undefined ? [] : [[name, cleanAcl(name, value)]];
  });
  merge(container.headers, headers, "container", new Map(lists));
  container.changedAt = call.state.timeline.now();
}

/** Headers that only the account's owner sees (proxy/server.py, swift_owner_headers). */
const owners = /^x-container-(read|write|meta-temp-url-key.*)$/;

function list(call: SwiftCall): Reply {
  const container = findContainer(call);
  const isOwner = authorize(call, container?.headers.get("x-container-read"));
  if (container === undefined) {
    throw new SwiftError(404);
  }
  const objects = objectsOf(call.state, container);
  const items = picked(call, objects, limits.container_listing_limit).map((each) =>
    "subdir" in each ? { subdir: each.subdir } : objectItem(each.item),
  );
  const headers = {
    "x-container-object-count": String(objects.length),
    "x-container-bytes-used": String(objects.reduce((sum, { size }) => sum + size, 0)),
    "x-timestamp": timestamp(container.createdAt),
    "last-modified": lastModified(container.changedAt),
    "accept-ranges": "bytes",
    "x-storage-policy": "Policy-0",
    ...Object.fromEntries([...container.headers].filter(([name]) => isOwner || !owners.test(name))),
  };
  return listing(call, items, headers, { tag: "container", item: "object" });
}

/** An object as listings have it: a static large object with the size of the whole, and both digests. */
export function objectItem(object: StoredObject) {
  const { large } = object;
  return {
    bytes: large?.size ?? object.size,
    hash: object.etag,
    name: object.name,
    content_type: headerText(object.contentType),
    last_modified: micros(object.changedAt),
    ...(large === undefined ? {} : { slo_etag: `"${large.etag}"` }),
  };
}
