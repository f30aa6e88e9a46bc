// A plugin of `buf generate` that writes openapi.json from the schema. It is one
// because the descriptors of the generated code have no comments.
import { readFileSync, writeFileSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponse_Feature,
  CodeGeneratorResponseSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { SchemaSource } from "../schema/source.ts";
import { openApiDocument } from "./document.ts";

const { protoFile } = fromBinary(CodeGeneratorRequestSchema, readFileSync(0));
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};
const document = openApiDocument(
  new SchemaSource(create(FileDescriptorSetSchema, { file: protoFile })),
  version,
);
const response = create(CodeGeneratorResponseSchema, {
  supportedFeatures: BigInt(CodeGeneratorResponse_Feature.PROTO3_OPTIONAL),
  file: [{ name: "openapi.json", content: `${JSON.stringify(document)}\n` }],
});
writeFileSync(1, toBinary(CodeGeneratorResponseSchema, response));
