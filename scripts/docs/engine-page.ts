import { commentOf, type SchemaSource } from "../schema/source.ts";
import { cell } from "./markdown.ts";

const begin = "<!-- annotations: made by npm run docs -->";
const end = "<!-- end of annotations -->";

/** What each message of annotations.proto is put on. */
const places: Readonly<Record<string, string>> = {
  Resource: "`(oaktree.rest.v1.resource)`, on a message",
  Field: "`(oaktree.rest.v1.field)`, on a field",
  Call: "`(oaktree.rest.v1.call)`, on an RPC",
};

/** docs/engine.md with the list of annotations as they are now. */
export function enginePage(source: SchemaSource, before: string): string {
  const tables = source
    .file("oaktree/rest/v1/annotations")
    .messages.filter(({ name }) => places[name] !== undefined)
    .flatMap(({ name, fields }) => [
      `### ${places[name]}`,
      "",
      "| | |",
      "|---|---|",
      ...fields.map((field) => `| \`${field.name}\` | ${cell(commentOf(field))} |`),
      "",
    ]);
  const [head, rest] = before.split(begin);
  const tail = rest?.split(end)[1];
  if (head === undefined || tail === undefined) {
    throw new Error(`docs/engine.md has no ${begin} ... ${end}`);
  }
  return `${head}${begin}\n\n${tables.join("\n")}\n${end}${tail}`;
}
