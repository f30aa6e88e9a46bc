import type { JsonObject } from "@bufbuild/protobuf";
import { commentOf, type SchemaSource } from "../schema/source.ts";

/** HTTP statuses of Connect's codes (connectrpc.com/docs/protocol, "Error Codes"). */
const statuses: Readonly<Record<string, number>> = {
  canceled: 499,
  unknown: 500,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 400,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  data_loss: 500,
  unauthenticated: 401,
};

/** The schemas of an error, in Connect's JSON. */
export function errorSchemas(source: SchemaSource): JsonObject {
  const table = Object.entries(statuses).map(([code, status]) => `- \`${code}\`: HTTP ${status}`);
  return {
    "connect.Error": {
      type: "object",
      description: "What a call answers when it fails, with an HTTP status of its own for each code.",
      required: ["code"],
      properties: {
        code: {
          type: "string",
          enum: Object.keys(statuses),
          description: ["The code of the error.", table.join("\n")].join("\n\n"),
        },
        message: {
          type: "string",
          description: "What went wrong, in words; the cloud's own where it said no.",
        },
        details: {
          type: "array",
          description: "More about it. One of them is always a `google.rpc.ErrorInfo`, which has the reason.",
          items: { $ref: "#/components/schemas/connect.ErrorDetail" },
        },
      },
    },
    "connect.ErrorDetail": {
      type: "object",
      description:
        "A detail of an error: `google.rpc.ErrorInfo` and `google.rpc.RequestInfo` in every error, and " +
        "`BadRequest`, `RetryInfo` or `QuotaFailure` where they fit.",
      required: ["type", "value"],
      properties: {
        type: { type: "string", description: "Full name of the message, such as `google.rpc.ErrorInfo`." },
        value: {
          type: "string",
          description: "The message in protobuf's binary form, as base64 without padding.",
        },
        debug: { description: "The message as JSON." },
      },
      if: { properties: { type: { const: "google.rpc.ErrorInfo" } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { debug: { $ref: "#/components/schemas/google.rpc.ErrorInfo" } } },
    },
    "google.rpc.ErrorInfo": {
      type: "object",
      description: "Why a call failed, for programs.",
      required: ["reason", "domain"],
      properties: {
        reason: { type: "string", description: reasons(source), examples: ["NOT_FOUND"] },
        domain: { const: "oaktree" },
        metadata: {
          type: "object",
          additionalProperties: { type: "string" },
          description:
            "Where it went wrong, as far as it is known: `cloud`, `region`, `service`, `upstreamStatus`, " +
            "`upstreamRequestId`, `resourceId`.",
        },
      },
    },
  };
}

function reasons(source: SchemaSource): string {
  const { values } = source.enumeration("oaktree.v1.ErrorReason");
  const list = values
    .filter(({ number }) => number !== 0)
    .map((value) => `- \`${value.name.replace("ERROR_REASON_", "")}\`: ${commentOf(value)}`);
  return ["The reason. New ones may appear.", list.join("\n")].join("\n\n");
}
