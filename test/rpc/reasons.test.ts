import { Code } from "@connectrpc/connect";
import t from "tap";
import { Fault, type Reason } from "../../src/cloud/fault.ts";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { ErrorReasonSchema } from "../../src/gen/oaktree/v1/errors_pb.js";
import { codeName, codeOf, toConnectError } from "../../src/rpc/errors.ts";

/** The code of every reason. The compiler refuses a missing one, and one that is none. */
const codes: Readonly<Record<Reason, Code>> = {
  INVALID_REQUEST: Code.InvalidArgument,
  PAGE_TOKEN_INVALID: Code.InvalidArgument,
  JMESPATH_INVALID: Code.InvalidArgument,
  LOCATION_REQUIRED: Code.InvalidArgument,
  LOCATION_UNKNOWN: Code.NotFound,
  CREDENTIAL_MISSING: Code.Unauthenticated,
  CREDENTIAL_INVALID: Code.Unauthenticated,
  CREDENTIAL_CONFLICT: Code.InvalidArgument,
  CREDENTIAL_FOR_OTHER_CLOUD: Code.PermissionDenied,
  ORIGIN_REFUSED: Code.PermissionDenied,
  FORBIDDEN: Code.PermissionDenied,
  NOT_FOUND: Code.NotFound,
  AMBIGUOUS_NAME: Code.FailedPrecondition,
  ALREADY_EXISTS: Code.AlreadyExists,
  CONFLICT: Code.FailedPrecondition,
  NETWORK_REQUIRED: Code.FailedPrecondition,
  QUOTA_EXCEEDED: Code.ResourceExhausted,
  RATE_LIMITED: Code.ResourceExhausted,
  UPSTREAM_BAD_REQUEST: Code.InvalidArgument,
  UPSTREAM_ERROR: Code.Internal,
  UPSTREAM_UNAVAILABLE: Code.Unavailable,
  OUTCOME_UNKNOWN: Code.Unknown,
  UPSTREAM_GARBAGE: Code.Internal,
  PAGING_LOOP: Code.Internal,
  SERVICE_NOT_AVAILABLE: Code.FailedPrecondition,
  UNSUPPORTED_BY_CLOUD: Code.FailedPrecondition,
  SERVER_FAULT: Code.FailedPrecondition,
  SERVER_DELETED: Code.FailedPrecondition,
  DATA_MISMATCH: Code.DataLoss,
  NO_DATA: Code.FailedPrecondition,
  LOCATION_UNREACHABLE: Code.Unavailable,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  CANCELLED: Code.Canceled,
  SHUTTING_DOWN: Code.Unavailable,
  UNKNOWN_METHOD: Code.Unimplemented,
  INTERNAL: Code.Internal,
  CLOUD_MISCONFIGURED: Code.FailedPrecondition,
  RESOURCE_FAULT: Code.FailedPrecondition,
  RESOURCE_DELETED: Code.FailedPrecondition,
  INSUFFICIENT_SCOPE: Code.PermissionDenied,
  CALLER_STALLED: Code.Aborted,
  PERSON_REQUIRED: Code.PermissionDenied,
};

t.test("the reasons of faults are those of errors.proto", (t) => {
  const published = ErrorReasonSchema.values.map(({ name }) => name.replace("ERROR_REASON_", ""));
  t.strictSame(Object.keys(codes).sort(), published.filter((name) => name !== "UNSPECIFIED").sort());
  t.end();
});

t.test("each has its code, and tells itself in an ErrorInfo", (t) => {
  for (const [reason, code] of Object.entries(codes) as [Reason, Code][]) {
    t.equal(codeOf(reason), code, reason);
    const error = toConnectError(new Fault(reason, "words", { metadata: { cloud: "demo" } }), "req-1");
    t.equal(error.code, code);
    t.match(error.findDetails(ErrorInfoSchema), [{ domain: "oaktree", reason, metadata: { cloud: "demo" } }]);
  }
  t.end();
});

t.test("codes are spelled as gRPC spells them", (t) => {
  t.equal(codeName(undefined), "OK");
  t.equal(codeName(Code.Canceled), "CANCELLED");
  t.equal(codeName(Code.FailedPrecondition), "FAILED_PRECONDITION");
  t.end();
});
