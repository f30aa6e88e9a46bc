import {
  type DescEnum,
  type DescField,
  type DescFile,
  type DescMessage,
  ScalarType,
} from "@bufbuild/protobuf";
import { anchor } from "./markdown.ts";

/** The name of the page of a file: `compute.md`. */
export function pageOf(file: DescFile): string {
  return `${file.name.replace(/.*\//, "").replaceAll("_", "-")}.md`;
}

/** The type of a field in words, with links to the messages and enums of the API. */
export function typeOf(file: DescFile, field: DescField): string {
  switch (field.fieldKind) {
    case "list":
      return `repeated ${single(file, field)}`;
    case "map":
      return `map of ${ScalarType[field.mapKey].toLowerCase()} to ${single(file, field)}`;
    default:
      return single(file, field);
  }
}

function single(file: DescFile, field: DescField): string {
  const type = field.message ?? field.enum;
  return type === undefined ? ScalarType[field.scalar as ScalarType].toLowerCase() : linkTo(file, type);
}

function linkTo(file: DescFile, type: DescMessage | DescEnum): string {
  if (type.file.proto.package !== "oaktree.v1") {
    return type.name;
  }
  return `[${type.name}](${type.file === file ? "" : pageOf(type.file)}#${anchor(type.name)})`;
}
