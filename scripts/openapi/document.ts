import type { JsonObject } from "@bufbuild/protobuf";
import type { SchemaSource } from "../schema/source.ts";
import { errorSchemas } from "./errors.ts";
import { isUnary, operationsOf, pathOf, tagOf } from "./operations.ts";
import { Schemas } from "./schemas.ts";

const description = `\
One friendly API in front of every OpenStack cloud. This document is for those who come with curl and its like; \
the same RPCs are there for gRPC and gRPC-Web, on the same port.

Each call is a POST of JSON; calls that only read are also a GET, with the request in the query. The JSON is that \
of proto3: answers leave out what has its default value (\`0\`, \`""\`, \`false\`, an empty list), integers of 64 \
bits are text, bytes are base64, times are RFC 3339. Requests may also have the fields' names of the proto files \
(\`name_or_id\`), and 64-bit integers as numbers; a field that does not exist is refused. New fields and new enum values may appear in answers at any \
time; nothing that is here will go away.`;

/**
 * The OpenAPI document of the API.
 *
 * @param version of Oaktree.
 */
export function openApiDocument(source: SchemaSource, version: string): JsonObject {
  const schemas = new Schemas(source);
  const services = source.files.flatMap((file) => file.services);
  const methods = services.flatMap((service) => service.methods).filter(isUnary);
  const paths = Object.fromEntries(
    methods.map((method) => [pathOf(method), operationsOf(source, method, schemas)]),
  );
  return {
    openapi: "3.1.0",
    info: {
      title: "Oaktree",
      version,
      summary: "One API in front of every OpenStack.",
      description,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The Oaktree that this document came from." }],
    security: [{ bearer: [] }, { keystone: [] }],
    tags: services.map(tagOf),
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "The token of a personal Oaktree, or the caller's Keystone token.",
        },
        keystone: {
          type: "apiKey",
          in: "header",
          name: "x-auth-token",
          description: "The same, as OpenStack's own services take it.",
        },
      },
      parameters: {
        cloud: {
          name: "x-oaktree-cloud",
          in: "header",
          description:
            "Name of the cloud that a Keystone token belongs to. Needed where Oaktree serves several clouds.",
          schema: { type: "string" },
        },
        timeout: {
          name: "connect-timeout-ms",
          in: "header",
          description: "How long the caller waits, in milliseconds. It goes on to the cloud.",
          schema: { type: "integer", minimum: 1 },
        },
        encoding: {
          name: "encoding",
          in: "query",
          required: true,
          description: "That `message` is JSON.",
          schema: { const: "json" },
        },
      },
      responses: {
        Error: {
          description: "The call failed. The code says how; each code has an HTTP status of its own.",
          content: { "application/json": { schema: { $ref: "#/components/schemas/connect.Error" } } },
        },
      },
      schemas: { ...errorSchemas(source), ...schemas.all() },
    },
  };
}
