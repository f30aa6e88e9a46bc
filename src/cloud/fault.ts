/**
 * Why a call failed: the names of `oaktree.v1.ErrorReason` without their prefix.
 * The back door knows no protobuf, so they stand here as words; a test holds both
 * lists together, and src/rpc/errors.ts gives each its gRPC code.
 */
export type Reason =
  | "INVALID_REQUEST"
  | "PAGE_TOKEN_INVALID"
  | "JMESPATH_INVALID"
  | "LOCATION_REQUIRED"
  | "LOCATION_UNKNOWN"
  | "CREDENTIAL_MISSING"
  | "CREDENTIAL_INVALID"
  | "CREDENTIAL_CONFLICT"
  | "CREDENTIAL_FOR_OTHER_CLOUD"
  | "ORIGIN_REFUSED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "AMBIGUOUS_NAME"
  | "ALREADY_EXISTS"
  | "CONFLICT"
  | "NETWORK_REQUIRED"
  | "QUOTA_EXCEEDED"
  | "RATE_LIMITED"
  | "UPSTREAM_BAD_REQUEST"
  | "UPSTREAM_ERROR"
  | "UPSTREAM_UNAVAILABLE"
  | "OUTCOME_UNKNOWN"
  | "UPSTREAM_GARBAGE"
  | "PAGING_LOOP"
  | "SERVICE_NOT_AVAILABLE"
  | "UNSUPPORTED_BY_CLOUD"
  | "SERVER_FAULT"
  | "SERVER_DELETED"
  | "DATA_MISMATCH"
  | "NO_DATA"
  | "LOCATION_UNREACHABLE"
  | "DEADLINE_EXCEEDED"
  | "CANCELLED"
  | "SHUTTING_DOWN"
  | "UNKNOWN_METHOD"
  | "INTERNAL"
  | "CLOUD_MISCONFIGURED"
  | "RESOURCE_FAULT"
  | "RESOURCE_DELETED"
  | "INSUFFICIENT_SCOPE"
  | "CALLER_STALLED"
  | "PERSON_REQUIRED";

/** What a fault tells besides its reason and message. */
export interface FaultDetails {
  /** Facts for machines. The keys in use are listed in errors.proto. */
  metadata?: Record<string, string>;
  /** How long to wait before the call is made again, in milliseconds. */
  retryAfterMs?: number;
  /** Request fields that are wrong, by their proto paths. */
  fields?: { field: string; description: string }[];
  /** What went wrong below, for the log; never sent. */
  cause?: unknown;
}

/**
 * The one error of Oaktree's own code. Everything that a caller is to see as an
 * error is thrown as a Fault; anything else that is thrown is a defect and
 * becomes `INTERNAL` without its message.
 */
export class Fault extends Error {
  /** Why, as in `oaktree.v1.ErrorReason`. */
  readonly reason: Reason;
  /** Facts for machines. */
  readonly metadata: Record<string, string>;
  /** How long to wait before the call is made again, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Request fields that are wrong. */
  readonly fields: { field: string; description: string }[];

  /** Makes a fault. The message is for people and goes to the caller as it is. */
  constructor(reason: Reason, message: string, details: FaultDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "Fault";
    this.reason = reason;
    this.metadata = details.metadata ?? {};
    this.retryAfterMs = details.retryAfterMs;
    this.fields = details.fields ?? [];
  }

  /** The same fault with more facts; what it knows already stays. */
  with(metadata: Record<string, string>): Fault {
    Object.assign(this.metadata, { ...metadata, ...this.metadata });
    return this;
  }
}

/** Whether the error is a fault for this reason. */
export function isFault(error: unknown, ...reasons: Reason[]): error is Fault {
  return error instanceof Fault && (reasons.length === 0 || reasons.includes(error.reason));
}
