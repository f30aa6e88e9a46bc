import type { DescMethod } from "@bufbuild/protobuf";
import type { HandlerContext, MethodImpl } from "@connectrpc/connect";
import type { Call } from "../cloud/region.ts";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import { type Handlers, methodName } from "../rest/handler.ts";
import { recordKey } from "./call-record.ts";
import { callerKey } from "./gate.ts";
import type { HealthState } from "./health.ts";
import { serveReflection } from "./reflection.ts";
import { apiServices } from "./schema.ts";
import { createWiring, type Rpcs, type WiringOptions } from "./wiring.ts";

/** What the router needs. */
export interface RouterOptions extends Omit<WiringOptions, "isOpen"> {
  /** A handler for every RPC of the API. */
  readonly handlers: Handlers;
  /** What `grpc.health.v1` answers. */
  readonly health: HealthState;
}

/**
 * Registers every service of the API, health and reflection.
 *
 * @throws Error that names an RPC without a handler, or a handler without an RPC.
 */
export function createRpcs(options: RouterOptions): Rpcs {
  const { handlers, health } = options;
  const open = new Set<string>([Health.typeName]);
  const wiring = createWiring({ ...options, isOpen: (service) => open.has(service) });
  const names = new Set<string>();
  for (const method of apiServices.flatMap((service) => service.methods)) {
    names.add(methodName(method));
    wiring.serve(method, implementation(method, handlers));
  }
  const superfluous = [...handlers.keys()].filter((name) => !names.has(name));
  if (superfluous.length > 0) {
    throw new Error(`the schema has no RPC for the handlers of ${superfluous.join(", ")}`);
  }
  wiring.serve(Health.method.check, health.service.check);
  wiring.serve(Health.method.list, health.service.list);
  // Not by `serve`: its watchers get a last message at shutdown, and end by themselves.
  wiring.router.rpc(Health.method.watch, health.service.watch);
  for (const service of serveReflection(wiring)) {
    open.add(service);
  }
  return wiring;
}

function implementation<M extends DescMethod>(method: M, handlers: Handlers): MethodImpl<M> {
  const handler = handlers.get(methodName(method));
  if (handler === undefined) {
    throw new Error(`no handler serves ${methodName(method)}`);
  }
  // The map cannot say which messages belong to which name; the schema does.
  const untyped = handler as (request: unknown, call: Call) => unknown;
  return ((request: unknown, context: HandlerContext) => untyped(request, callOf(context))) as MethodImpl<M>;
}

function callOf(context: HandlerContext): Call {
  const caller = context.values.get(callerKey);
  const record = context.values.get(recordKey);
  if (caller === undefined || record === undefined) {
    throw new Error("the call did not come through the gate");
  }
  const remaining = context.timeoutMs();
  const { traceparent } = record;
  return {
    caller,
    signal: context.signal,
    requestId: record.requestId,
    heard: record.heard,
    ...(remaining !== undefined && { deadline: Date.now() + remaining }),
    ...(traceparent !== undefined && { traceparent }),
  };
}
