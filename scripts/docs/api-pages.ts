import type { DescEnum, DescField, DescFile, DescMessage, DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { constraintsOf } from "../openapi/constraints.ts";
import { pathOf } from "../openapi/operations.ts";
import { commentOf, commentOfFile, firstSentence, type SchemaSource } from "../schema/source.ts";
import { cell } from "./markdown.ts";
import { restCall } from "./rest-call.ts";
import { pageOf, typeOf } from "./types.ts";

const made = "<!-- made by npm run docs from the comments of the schema -->";

/** The pages of docs/api, by path: one for each service, one for what they share, and the list of them. */
export function apiPages(source: SchemaSource): [string, string][] {
  const files = source.files.filter(({ messages }) => messages.length > 0);
  const pages = files.map((file): [string, string] => [`docs/api/${pageOf(file)}`, page(source, file)]);
  return [["docs/api/README.md", index(files)], ...pages];
}

function index(files: readonly DescFile[]): string {
  const lines = files.map((file) => {
    const rpcs = file.services.flatMap(({ methods }) => methods).length;
    return `- [${titleOf(file)}](${pageOf(file)}): ${commentOfFile(file)}${rpcs > 0 ? ` ${rpcs} RPCs.` : ""}`;
  });
  return text([
    "# The API",
    made,
    "What there is to call, with every field. The same for machines: the protos in `proto/oaktree/v1`, the server's " +
      "reflection, and for JSON over HTTP its `/openapi.json`. [clients.md](../clients.md) tells how each language " +
      "sends the token.",
    lines.join("\n"),
  ]);
}

function titleOf(file: DescFile): string {
  return file.services[0]?.name ?? "Shared messages";
}

function page(source: SchemaSource, file: DescFile): string {
  const methods = file.services.flatMap(({ methods }) => methods);
  // The message of one RPC alone stands with it.
  const own = new Set(methods.flatMap(({ input, output }) => [input, output]));
  return text([
    `# ${titleOf(file)}`,
    made,
    ...file.services.map((service) => commentOf(service)),
    ...(methods.length > 0
      ? [
          [
            "| RPC | |",
            "|---|---|",
            ...methods.map(
              (method) =>
                `| [${method.name}](#${method.name.toLowerCase()}) | ${cell(firstSentence(commentOf(method)))} |`,
            ),
          ].join("\n"),
        ]
      : [commentOfFile(file)]),
    ...methods.flatMap((method) => rpc(source, file, method)),
    ...(methods.length > 0 ? ["## Messages"] : []),
    ...file.messages
      .filter((message) => !own.has(message))
      .flatMap((message) => [`### ${message.name}`, commentOf(message), ...fields(source, file, message)]),
    ...(file.enums.length > 0 ? ["## Enums"] : []),
    ...file.enums.flatMap((type) => [`### ${type.name}`, commentOf(type), values(type)]),
  ]);
}

function rpc(source: SchemaSource, file: DescFile, method: DescMethod): string[] {
  const shade = source.words(method, "oaktree.rest.v1.shade").map((name) => `\`${name}\``);
  const call = restCall(source, method);
  return [
    `## ${method.name}`,
    commentOf(method),
    [
      `- ${access(method)}`,
      `- OpenStack: ${call ?? "several calls, by a handler of its own"}`,
      ...(shade.length > 0 ? [`- shade: ${shade.join(", ")}`] : []),
      ...errors(source, method),
    ].join("\n"),
    "Request:",
    ...fields(source, file, method.input),
    `Answer${method.methodKind === "server_streaming" ? ", each message of the stream" : ""}:`,
    ...fields(source, file, method.output),
  ];
}

function access(method: DescMethod): string {
  switch (method.methodKind) {
    case "unary":
      return `\`POST ${pathOf(method)}\`${
        method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS ? ", or GET" : ""
      }`;
    case "server_streaming":
      return `\`${pathOf(method)}\`, one request and a stream of answers`;
    default:
      return `\`${pathOf(method)}\`, a stream of requests and one answer`;
  }
}

/** The reasons of errors that the comments of an RPC and its request speak of. */
function errors(source: SchemaSource, method: DescMethod): string[] {
  const words = [commentOf(method), ...method.input.fields.map(commentOf)].join(" ");
  const named = source
    .enumeration("oaktree.v1.ErrorReason")
    .values.map(({ name }) => name.replace("ERROR_REASON_", ""))
    .filter((reason) => words.includes(`\`${reason}\``));
  return named.length > 0
    ? [`- Errors of its own: ${named.map((reason) => `\`${reason}\``).join(", ")}`]
    : [];
}

function fields(source: SchemaSource, file: DescFile, message: DescMessage): string[] {
  if (message.fields.length === 0) {
    return ["Nothing."];
  }
  return [
    [
      "| field | type | |",
      "|---|---|---|",
      ...message.fields.map(
        (field) =>
          `| \`${field.name}\`${mark(source, field)} | ${typeOf(file, field)} | ${cell(commentOf(field))} |`,
      ),
    ].join("\n"),
  ];
}

function mark(source: SchemaSource, field: DescField): string {
  const { isRequired } = constraintsOf(source, field);
  return `${isRequired ? " (required)" : ""}${field.oneof ? ` (one of \`${field.oneof.name}\`)` : ""}`;
}

function values(type: DescEnum): string {
  return type.values.map((value) => `- \`${value.name}\`: ${cell(commentOf(value))}`).join("\n");
}

function text(paragraphs: readonly string[]): string {
  return `${paragraphs.filter(Boolean).join("\n\n")}\n`;
}
