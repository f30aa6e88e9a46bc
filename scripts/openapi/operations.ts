import type { DescMethod, DescService, JsonObject } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { commentOf, firstSentence, type SchemaSource } from "../schema/source.ts";
import type { Schemas } from "./schemas.ts";

/** The path of an RPC. */
export function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/** Whether a call is one request and one answer, which is what plain HTTP has. */
export function isUnary(method: DescMethod): boolean {
  return method.methodKind === "unary";
}

/** A service, with a word about the RPCs that are not in the document. */
export function tagOf(service: DescService): JsonObject {
  const streams = service.methods.filter((method) => !isUnary(method));
  const notes = streams.map(
    (method) => `- \`${method.name}\` (${directions[method.methodKind]}): ${commentOf(method)}`,
  );
  return {
    name: service.name,
    description: [
      commentOf(service),
      ...(notes.length === 0
        ? []
        : [
            "These RPCs stream. They are left out here, since a stream is no plain request and answer; gRPC, " +
              "gRPC-Web and Connect clients have them:",
            notes.join("\n"),
          ]),
    ].join("\n\n"),
  };
}

const directions: Readonly<Record<DescMethod["methodKind"], string>> = {
  unary: "no stream",
  server_streaming: "a stream of answers",
  client_streaming: "a stream of requests",
  bidi_streaming: "streams both ways",
};

/** The operations of a unary RPC: POST, and GET where it only reads. */
export function operationsOf(source: SchemaSource, method: DescMethod, schemas: Schemas): JsonObject {
  const id = `${method.parent.name}_${method.name}`;
  const comment = commentOf(method);
  const shade = source.words(method, "oaktree.rest.v1.shade").map((name) => `\`${name}\``);
  const common = {
    tags: [method.parent.name],
    summary: firstSentence(comment),
    description: [comment, ...(shade.length > 0 ? [`In shade: ${shade.join(", ")}.`] : [])].join("\n\n"),
    ...(method.deprecated && { deprecated: true }),
    responses: {
      "200": {
        description: commentOf(method.output),
        content: { "application/json": { schema: schemas.ofAnswer(method.output) } },
      },
      default: { $ref: "#/components/responses/Error" },
    },
  };
  const request = { "application/json": { schema: schemas.of(method.input) } };
  return {
    parameters: [parameter("cloud"), parameter("timeout")],
    post: {
      operationId: id,
      ...common,
      requestBody: { required: true, description: commentOf(method.input), content: request },
    },
    ...(method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS && {
      get: {
        operationId: `${id}_get`,
        ...common,
        parameters: [
          parameter("encoding"),
          {
            name: "message",
            in: "query",
            required: true,
            description: `${commentOf(method.input)} As JSON, percent-encoded. A request of more than 32 KiB has to be a POST.`,
            content: request,
          },
        ],
      },
    }),
  };
}

function parameter(name: string): JsonObject {
  return { $ref: `#/components/parameters/${name}` };
}
