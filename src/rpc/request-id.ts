import { randomUUID } from "node:crypto";

/** Header in which OpenStack's services give a request its id. */
export const requestIdHeader = "x-openstack-request-id";

// As oslo.middleware's request_id.py has it: anything else would let a caller
// write into the logs of every service behind.
const wellFormed = /^req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id that the caller gave its request, if it is well formed; else a new one. */
export function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === "string" && wellFormed.test(given) ? given : `req-${randomUUID()}`;
}

// https://www.w3.org/TR/trace-context/#traceparent-header
const traceParent = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's trace context, if it is well formed. */
export function traceParentOf(given: string | string[] | undefined): string | undefined {
  return typeof given === "string" && traceParent.test(given) ? given : undefined;
}
