import { type DescMessage, getOption, type MessageInitShape } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { ValidationError } from "@bufbuild/protovalidate";
import { Code, ConnectError } from "@connectrpc/connect";
import { Fault, type Reason } from "../cloud/fault.ts";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  QuotaFailureSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "../gen/google/rpc/error_details_pb.js";
import { code as codeOption } from "../gen/oaktree/rest/v1/annotations_pb.js";
import { ErrorReasonSchema } from "../gen/oaktree/v1/errors_pb.js";

// gRPC sends errors in trailers, and C-core clients refuse metadata of more than
// 8 KiB (GRPC_ARG_MAX_METADATA_SIZE). The message is in there twice, once
// percent-encoded and once in base64. What is cut off is in the log.
const maxMessageLength = 1024;
const maxMetadataLength = 512;
const maxFields = 16;

/** The gRPC code of each reason, out of errors.proto. */
const codes: ReadonlyMap<string, Code> = new Map(
  ErrorReasonSchema.values
    .filter((value) => value.number !== 0)
    .map((value) => [value.name.replace(/^ERROR_REASON_/, ""), codeNamed(getOption(value, codeOption))]),
);

/** The gRPC code that goes with a reason. */
export function codeOf(reason: Reason): Code {
  return codes.get(reason) ?? Code.Internal;
}

/** The name of a code as gRPC spells it: `NOT_FOUND`. */
export function codeName(code: Code | undefined): string {
  if (code === undefined) {
    return "OK";
  }
  return code === Code.Canceled ? "CANCELLED" : Code[code].replaceAll(/(?<!^)[A-Z]/g, "_$&").toUpperCase();
}

/** The reason that an error carries. */
export function reasonOf(error: ConnectError): string | undefined {
  return error.findDetails(ErrorInfoSchema)[0]?.reason;
}

/**
 * The one way from anything that was thrown to what the caller sees. Every error
 * that leaves Oaktree carries an `ErrorInfo`; what is neither a Fault nor an
 * error of Connect's own is a defect, and its message stays in the log.
 *
 * @param metadataUrl where callers without a good credential find out how to get one (RFC 9728).
 */
export function toConnectError(error: unknown, requestId: string, metadataUrl?: string): ConnectError {
  if (error instanceof Fault) {
    const seen = connectError(error, requestId);
    const challenge = challengeOf(error, metadataUrl);
    if (challenge !== undefined) {
      seen.metadata.set("www-authenticate", challenge);
    }
    return seen;
  }
  if (error instanceof ConnectError) {
    return reasonOf(error) === undefined ? connectError(faultOf(error), requestId, error) : error;
  }
  if (error instanceof DOMException && error.name === "AbortError") {
    return connectError(new Fault("CANCELLED", "the caller went away"), requestId);
  }
  const fault = new Fault("INTERNAL", `a defect of Oaktree; its log has the details under ${requestId}`);
  return connectError(fault, requestId);
}

/** Whether the error is a defect, whose stack belongs into the log. */
export function isDefect(error: unknown): boolean {
  if (error instanceof ConnectError) {
    return reasonOf(error) === undefined && faultOf(error).reason === "INTERNAL";
  }
  return !(error instanceof Fault) && !(error instanceof DOMException && error.name === "AbortError");
}

/** An error that Connect made itself, such as for JSON that does not parse. */
function faultOf(error: ConnectError): Fault {
  switch (error.code) {
    case Code.Canceled:
    case Code.Aborted:
      return new Fault("CANCELLED", "the caller went away");
    case Code.DeadlineExceeded:
      return new Fault("DEADLINE_EXCEEDED", "the caller's deadline passed");
    case Code.Internal:
      if (error.rawMessage.startsWith("http/2 stream closed")) {
        return new Fault("CANCELLED", "the caller went away");
      }
      // Bytes that do not parse are INTERNAL to gRPC (doc/statuscodes.md), whoever wrote them.
      return /^(parse|protocol error|received|decompression failed)/.test(error.rawMessage)
        ? new Fault("INVALID_REQUEST", error.rawMessage)
        : new Fault("INTERNAL", "a defect of Oaktree; its log has the details");
    case Code.Unknown:
      return new Fault("INTERNAL", "a defect of Oaktree; its log has the details");
    default:
      return new Fault("INVALID_REQUEST", error.rawMessage, { fields: violations(error.cause) });
  }
}

function violations(cause: unknown): { field: string; description: string }[] {
  if (!(cause instanceof ValidationError)) {
    return [];
  }
  return cause.violations.map(({ field, message }) => ({
    field: pathToString(field),
    description: message,
  }));
}

function connectError(fault: Fault, requestId: string, original?: ConnectError): ConnectError {
  const headers = new Headers();
  const message = shortened(fault.message, maxMessageLength);
  const metadata = Object.fromEntries(
    Object.entries(fault.metadata).map(([key, value]) => [key, shortened(value, maxMetadataLength)]),
  );
  const details = [
    detail(ErrorInfoSchema, { domain: "oaktree", reason: fault.reason, metadata }),
    detail(RequestInfoSchema, { requestId }),
  ];
  if (fault.fields.length > 0) {
    details.push(detail(BadRequestSchema, { fieldViolations: fault.fields.slice(0, maxFields) }));
  }
  if (fault.retryAfterMs !== undefined) {
    const seconds = Math.ceil(fault.retryAfterMs / 1000);
    details.push(detail(RetryInfoSchema, { retryDelay: { seconds: BigInt(seconds) } }));
    headers.set("retry-after", String(seconds));
  }
  if (fault.reason === "QUOTA_EXCEEDED") {
    const subject = [fault.metadata.cloud, fault.metadata.region].filter(Boolean).join("/");
    details.push(detail(QuotaFailureSchema, { violations: [{ subject, description: message }] }));
  }
  // protovalidate's own detail, for clients that know it.
  details.push(...((original?.details ?? []) as typeof details));
  // The protocols prescribe the code of some malformed requests, so Connect's own stays.
  const code = fault.reason === "INVALID_REQUEST" ? original?.code : undefined;
  return new ConnectError(message, code ?? codeOf(fault.reason), headers, details, fault);
}

/** RFC 6750, section 3; RFC 9728, section 5.1 */
function challengeOf(fault: Fault, metadataUrl: string | undefined): string | undefined {
  const facts: string[] = [];
  if (fault.reason === "CREDENTIAL_INVALID") {
    facts.push('error="invalid_token"');
  } else if (fault.reason === "INSUFFICIENT_SCOPE") {
    facts.push('error="insufficient_scope"', `scope="${fault.metadata.scope}"`);
  } else if (fault.reason !== "CREDENTIAL_MISSING") {
    return undefined;
  }
  if (metadataUrl !== undefined) {
    facts.push(`resource_metadata="${metadataUrl}"`);
  }
  return ["Bearer", facts.join(", ")].filter(Boolean).join(" ");
}

function detail<Desc extends DescMessage>(
  desc: Desc,
  value: MessageInitShape<Desc>,
): { desc: DescMessage; value: MessageInitShape<DescMessage> } {
  return { desc, value };
}

/** Half a surrogate pair, which a cloud's JSON may hold too, has no UTF-8: percent-encoding it throws. */
function shortened(text: string, length: number): string {
  return text.length <= length ? text.toWellFormed() : `${text.slice(0, length - 1).toWellFormed()}…`;
}

function codeNamed(name: string): Code {
  const key =
    name === "CANCELLED"
      ? "Canceled"
      : name.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, c) => c.toUpperCase());
  const code = Code[key as keyof typeof Code];
  if (code === undefined) {
    throw new Error(`errors.proto: ${JSON.stringify(name)} is no gRPC code`);
  }
  return code;
}
