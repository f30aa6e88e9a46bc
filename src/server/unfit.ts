import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Fault } from "../cloud/fault.ts";

/** The HTTP methods of an RPC, as the header `Allow` has them. */
export function allowedMethods({ idempotency }: DescMethod): string {
  return idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS ? "GET, POST" : "POST";
}

/** What is wrong with a request that fits none of the protocols, for people who try curl. */
export function unfitRequest(rpc: DescMethod, method: string, contentType: string | undefined): Fault {
  return new Fault("INVALID_REQUEST", words(rpc, method, contentType));
}

function words(rpc: DescMethod, method: string, contentType: string | undefined): string {
  const allowed = allowedMethods(rpc);
  if (method === "GET" && allowed.startsWith("GET")) {
    return "a GET has its request in the query: ?encoding=json&message={...}, percent-encoded";
  }
  if (method !== "POST") {
    return `${method} does not work here: send ${allowed.replace(", ", " or ")}`;
  }
  if (contentType?.startsWith("application/grpc-web-text")) {
    return "application/grpc-web-text is not offered, only application/grpc-web: generate the client with mode=grpcweb";
  }
  return (
    `an RPC is no ${contentType ?? "request without content-type"}: send content-type application/json, ` +
    "application/proto, application/grpc or application/grpc-web; streams as JSON are application/connect+json"
  );
}
