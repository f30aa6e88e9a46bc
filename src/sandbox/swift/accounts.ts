import type { Reply } from "../core/http.ts";
import { authorize } from "./access.ts";
import { bulkDelete } from "./bulk-delete.ts";
import {
  answer,
  findAccount,
  makeAccount,
  micros,
  type SwiftCall,
  SwiftError,
  type SwiftHandler,
  timestamp,
} from "./call.ts";
import { listing, picked } from "./listing.ts";
import { limits, merge } from "./metadata.ts";
import { type Account, objectsOf } from "./state.ts";

/** The methods of `/v1/{account}`. */
export const accountMethods: Readonly<Record<string, SwiftHandler>> = {
  GET: list,
  HEAD: list,
  POST: async (call) => (call.request.query.has("bulk-delete") ? bulkDelete(call) : change(call)),
  PUT: (call) => {
    const isNew = findAccount(call) === undefined;
    change(call);
    return answer(isNew ? 201 : 202, isNew ? "" : undefined);
  },
  DELETE: (call) => {
    authorize(call);
    throw new SwiftError(403);
  },
};

function change(call: SwiftCall): Reply {
  authorize(call);
  merge(makeAccount(call).headers, call.request.headers, "account");
  return answer(204, "");
}

function list(call: SwiftCall): Reply {
  const isOwner = authorize(call);
  const account = findAccount(call);
  const containers = [...(account?.containers.values() ?? [])].map((container) => {
    const objects = objectsOf(call.state, container);
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    return { name: container.name, count: objects.length, bytes, createdAt: container.createdAt };
  });
  const items = picked(call, containers, limits.account_listing_limit).map((each) =>
    "subdir" in each
      ? { subdir: each.subdir }
      : {
          name: each.item.name,
          count: each.item.count,
          bytes: each.item.bytes,
          last_modified: micros(each.item.createdAt),
        },
  );
  return listing(call, items, headers(call, account, containers, isOwner), {
    tag: "account",
    item: "container",
  });
}

function headers(
  call: SwiftCall,
  account: Account | undefined,
  containers: readonly { count: number; bytes: number }[],
  isOwner: boolean,
): Record<string, string> {
  const sum = (key: "count" | "bytes") => String(containers.reduce((total, each) => total + each[key], 0));
  const counts = {
    "container-count": String(containers.length),
    "object-count": sum("count"),
    "bytes-used": sum("bytes"),
  };
  const under = (prefix: string) =>
    Object.fromEntries(Object.entries(counts).map(([key, value]) => [prefix + key, value]));
  const at = timestamp(account?.createdAt ?? call.state.timeline.now());
  if (account === undefined) {
    // One that nobody has written to is shown as if it were there.
    return { ...under("x-account-"), "x-timestamp": at, "x-put-timestamp": at };
  }
  const shown = [...account.headers].filter(
    ([name]) => isOwner || !name.startsWith("x-account-meta-temp-url-key"),
  );
  return {
    ...under("x-account-"),
    ...(containers.length > 0 ? under("x-account-storage-policy-policy-0-") : {}),
    ...Object.fromEntries(shown),
    "x-timestamp": at,
    "accept-ranges": "bytes",
    "x-account-project-domain-id": "default",
  };
}
