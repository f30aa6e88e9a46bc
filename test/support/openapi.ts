import { readFile } from "node:fs/promises";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import formats from "ajv-formats";

/** A schema of the document, as far as tests read it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: (string | number)[];
  not?: { enum: string[] };
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  allOf?: { oneOf: { required?: string[] }[] }[];
}

/** An RPC of the document. */
export interface Operation {
  /** Its path: `/oaktree.v1.ComputeService/ListFlavors`. */
  readonly path: string;
  /** Its name: `ListFlavors`. */
  readonly name: string;
  /** Whether it is a GET, too. */
  readonly hasGet: boolean;
  /** Full name of the schema of its request. */
  readonly request: string;
  /** Full name of the schema of its answer. */
  readonly answer: string;
}

interface Content {
  readonly content: { readonly "application/json": { readonly schema: Schema } };
}
interface Paths {
  [path: string]: {
    readonly post: {
      readonly operationId: string;
      readonly requestBody: Content;
      readonly responses: { readonly "200": Content };
    };
    readonly get?: { readonly operationId: string };
  };
}

/** The document as it is generated. */
export const document = JSON.parse(
  await readFile(new URL("../../src/gen/openapi.json", import.meta.url), "utf8"),
) as { info: { version: string }; paths: Paths; components: { schemas: Record<string, Schema> } };

/** Its schemas, by full name. */
export const schemas: Readonly<Record<string, Schema>> = document.components.schemas;

/** Its RPCs. */
export const operations: readonly Operation[] = Object.entries(document.paths).map(
  ([path, { post, get }]) => ({
    path,
    name: path.replace(/.*\//, ""),
    hasGet: get !== undefined,
    request: nameOf(post.requestBody),
    answer: nameOf(post.responses["200"]),
  }),
);

// Unknown fields are allowed by the document, since answers will have more fields one day; tests are stricter.
const ajv = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false });
ajv.addKeyword("components");
formats.default(ajv);
// JSON has 64 bits as text.
ajv.addFormat("int64", { type: "string", validate: /^-?[0-9]+$/ });
ajv.addFormat("uint64", { type: "string", validate: /^[0-9]+$/ });
ajv.addSchema({ $id: "oaktree", components: { schemas: closed(schemas) } });

/** What is wrong with a value that is to be of a schema, given by its full name. Nothing: an empty list. */
export function faultsOf(schema: string, value: unknown): ErrorObject[] {
  const validate = ajv.getSchema(`oaktree#/components/schemas/${schema}`);
  if (validate === undefined) {
    throw new Error(`the document has no schema ${schema}`);
  }
  return validate(value) === true ? [] : (validate.errors ?? []);
}

/** The schema behind a reference. */
export function resolved(schema: Schema): Schema {
  return schema.$ref === undefined ? schema : { ...schemas[schema.$ref.replace(/.*\//, "")], ...schema };
}

/** The least value that a schema allows. */
export function least(given: Schema): unknown {
  const schema = resolved(given);
  if (schema.enum !== undefined) {
    return schema.enum.find((value) => !schema.not?.enum.includes(String(value)));
  }
  switch (schema.type) {
    case "object": {
      const first = (schema.allOf ?? []).flatMap(({ oneOf: [choice] }) => choice?.required ?? []);
      const names = new Set([...(schema.required ?? []), ...first]);
      const entries = [...names].map((name) => [name, least(schema.properties?.[name] ?? {})]);
      if ((schema.minProperties ?? 0) > 0) {
        entries.push(["key", "value"]);
      }
      return Object.fromEntries(entries);
    }
    case "array":
      return Array.from({ length: schema.minItems ?? 0 }, () => least(schema.items ?? {}));
    case "string":
      return schema.format === "int64" ? "1" : "nothing-of-this-name";
    case "integer":
      return schema.minimum ?? 1;
    default:
      return true;
  }
}

function nameOf(content: Content): string {
  return (content.content["application/json"].schema.$ref ?? "").replace(/.*\//, "");
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) {
    return schema.map(closed);
  }
  if (typeof schema !== "object" || schema === null) {
    return schema;
  }
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    copy[key] = closed(value);
  }
  // `properties` may also be the name of a field.
  return copy.type === "object" && "properties" in copy ? { additionalProperties: false, ...copy } : copy;
}
