import {
  type ConnectError,
  createConnectRouter,
  createContextKey,
  createContextValues,
} from "@connectrpc/connect";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { Health } from "../gen/grpc/health/v1/health_pb.js";

const errorKey = createContextKey<ConnectError | undefined>(undefined, { description: "the refusal" });

/** Says no to a request in the words of its protocol. */
export type Refuse = (contentType: string, error: ConnectError) => Promise<UniversalServerResponse>;

/**
 * Makes answers for requests that reach no RPC: an unknown method, a foreign
 * Origin. Connect's own handlers write them, so that each protocol gets its own
 * form; what is no RPC protocol gets Connect's JSON. Any two RPCs will do, one of
 * each kind, since the gate never lets a call through to them.
 */
export function createRefuse(): Refuse {
  const router = createConnectRouter({
    requestGate: ({ values }) => {
      throw values.get(errorKey);
    },
  });
  router.service(Health, {});
  const handlerOf = (name: string) => {
    const handler = router.handlers.find(({ method }) => method.name === name);
    if (handler === undefined) {
      throw new Error(`grpc.health.v1 has no ${name}`);
    }
    return handler;
  };
  const unary = handlerOf("Check");
  const stream = handlerOf("Watch");

  return (contentType, error) => {
    const streams = stream.supportedContentType(contentType);
    return (streams ? stream : unary)({
      httpVersion: "2.0",
      method: "POST",
      url: "http://localhost/",
      header: new Headers({ "content-type": streams ? contentType : "application/json" }),
      body: (async function* () {})(),
      signal: new AbortController().signal,
      contextValues: createContextValues().set(errorKey, error),
    });
  };
}
