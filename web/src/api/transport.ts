import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import type { Credential } from "../session/credential.ts";

/** How long a call may take unless it says otherwise. */
const timeoutMs = 60_000;

/** Makes the transport: gRPC-Web to the server that the page came from. */
export function createTransport(credential: Credential): Transport {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${credential.token}`);
    if (credential.cloud !== "") {
      request.header.set("x-oaktree-cloud", credential.cloud);
    }
    return next(request);
  };
  return createGrpcWebTransport({
    baseUrl: location.origin,
    defaultTimeoutMs: timeoutMs,
    interceptors: [authorize],
  });
}
