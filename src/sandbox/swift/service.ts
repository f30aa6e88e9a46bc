import { randomBytes } from "node:crypto";
import type { Reply, Request, Service } from "../core/http.ts";
import type { Identity } from "../keystone/identity.ts";
import { accountMethods } from "./accounts.ts";
import { answer, type SwiftCall, SwiftError, type SwiftHandler } from "./call.ts";
import { containerMethods } from "./containers.ts";
import { limits } from "./metadata.ts";
import { objectMethods } from "./objects.ts";
import type { SwiftState } from "./state.ts";
import { sloLimits } from "./static-large-objects.ts";
import { asFile, isTempUrl, opened, tempUrlInfo } from "./temp-urls.ts";

/** First segments of Swift's paths: it has the root of its address to itself, as clients expect of `/info`. */
export const swiftSegments = ["v1", "v1.0", "info", "healthcheck"];

/** Swift's proxy: accounts, containers and objects. */
export function swift(state: SwiftState, identity: Identity): Service {
  return async (request) => {
    const id = `tx${randomBytes(11).toString("hex").slice(0, 21)}-${Math.floor(state.timeline.now() / 1000)
      .toString(16)
      .padStart(10, "0")}`;
    const ids = { "x-trans-id": id, "x-openstack-request-id": id };
    const reply = await answered(state, identity, request);
    return { ...reply, headers: { ...ids, ...reply.headers } };
  };
}

async function answered(state: SwiftState, identity: Identity, request: Request): Promise<Reply> {
  try {
    return await dispatch(state, identity, request);
  } catch (error) {
    if (!(error instanceof SwiftError)) {
      throw error;
    }
    return error.reply;
  }
}

async function dispatch(state: SwiftState, identity: Identity, request: Request): Promise<Reply> {
  const [, version = "", account = "", container = "", object = ""] =
    /^\/([^/]*)(?:\/([^/]*)(?:\/([^/]*)(?:\/(.*))?)?)?$/s.exec(request.path) ?? [];
  if (version === "healthcheck" && account === "") {
    return answer(200, "OK", { "content-type": "text/plain" });
  }
  if (version === "info") {
    return { status: 200, headers: { "content-type": "application/json; charset=UTF-8" }, json: info };
  }
  if (/[\0\ufffd]/.test(request.path)) {
    throw new SwiftError(412, "Invalid UTF8 or contains NULL");
  }
  if (account === "" || (container === "" && object !== "")) {
    throw new SwiftError(412, "Bad URL");
  }
  const caller = identity.caller(request, "object-store", "");
  const call: SwiftCall = { state, request, caller, opened: undefined, account, container, object };
  const methods = object !== "" ? objectMethods : container !== "" ? containerMethods : accountMethods;
  const handler: SwiftHandler | undefined = Object.hasOwn(methods, request.method)
    ? methods[request.method]
    : undefined;
  if (request.method === "OPTIONS" || handler === undefined) {
    const allow = [...Object.keys(methods), "OPTIONS"].join(", ");
    return request.method === "OPTIONS" ? answer(200, "", { allow }) : answer(405, undefined, { allow });
  }
  return isTempUrl(request) ? asFile(call, await handler(opened(call))) : await handler(call);
}

const info = {
  swift: {
    version: "2.30.1",
    strict_cors_mode: true,
    policies: [{ name: "Policy-0", aliases: "Policy-0", default: true }],
    allow_account_management: true,
    account_autocreate: true,
    ...limits,
    extra_header_count: 0,
  },
  slo: { ...sloLimits, yield_frequency: 10, min_segment_size: 1, allow_async_delete: false },
  container_quotas: {},
  tempurl: tempUrlInfo,
  bulk_delete: { max_deletes_per_request: 10_000, max_failed_deletes: 1000 },
};
