import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RequestInfoSchema } from "../gen/google/rpc/error_details_pb.js";

/** What a person is told of a call that failed. */
export interface Problem {
  /** Reason as in `oaktree.v1.ErrorReason`; the gRPC code where the answer has none. */
  readonly reason: string;
  /** What happened, in words. */
  readonly message: string;
  /** Cloud, region and service that it happened at, as far as they are known. */
  readonly where: string;
  /** Id under which logs have the call. Empty where no answer came. */
  readonly requestId: string;
}

/** Reads what an error of a call says. */
export function problemOf(error: unknown): Problem {
  const failure = ConnectError.from(error);
  const [info] = failure.findDetails(ErrorInfoSchema);
  const [request] = failure.findDetails(RequestInfoSchema);
  const { cloud, region, service } = info?.metadata ?? {};
  return {
    reason: info?.reason ?? codeName(failure.code),
    message: info === undefined ? plain(failure) : failure.rawMessage,
    where: [cloud, region, service].filter(Boolean).join(" / "),
    requestId: failure.metadata.get("x-openstack-request-id") ?? request?.requestId ?? "",
  };
}

/** Whether the server wants another credential. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unauthenticated;
}

/** Whether the call was given up by the page itself. */
export function isCancelled(error: unknown): boolean {
  return ConnectError.from(error).code === Code.Canceled;
}

/** Errors without `ErrorInfo` come from the browser or from a proxy. */
function plain(error: ConnectError): string {
  switch (error.code) {
    case Code.DeadlineExceeded:
      return "No answer came in time.";
    case Code.Unknown:
    case Code.Unavailable:
      return `Oaktree cannot be reached: ${error.rawMessage}`;
    default:
      return error.rawMessage;
  }
}

function codeName(code: Code): string {
  return Code[code].replaceAll(/(?<!^)[A-Z]/g, "_$&").toUpperCase();
}
