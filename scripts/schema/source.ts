import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  createFileRegistry,
  type DescEnum,
  type DescEnumValue,
  type DescField,
  type DescFile,
  type DescMessage,
  type DescMethod,
  type DescOneof,
  type DescService,
  type FileRegistry,
  fromBinary,
  getOption,
  type JsonObject,
  toJson,
} from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { getComments, getSyntaxComments } from "@bufbuild/protoplugin";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What has a comment in a proto file. */
export type Commented =
  | DescEnum
  | DescEnumValue
  | DescField
  | DescMessage
  | DescMethod
  | DescOneof
  | DescService;

/**
 * The schema as it stands in the proto files, with comments and annotations. The
 * generated code has no comments, and is not there yet while it is being made; so
 * this needs none of it.
 */
export class SchemaSource {
  /** The files of the API, `oaktree/v1`, by name. */
  readonly files: readonly DescFile[];
  readonly #registry: FileRegistry;

  /** @param set all files of the schema, with their source information. */
  constructor(set: FileDescriptorSet) {
    this.#registry = createFileRegistry(set);
    this.files = [...this.#registry.files]
      .filter((file) => file.proto.package === "oaktree.v1")
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Reads the proto files of this checkout. */
  static build(): SchemaSource {
    const image = execFileSync("buf", ["build", "-o", "-#format=binpb", "--as-file-descriptor-set"], {
      cwd: root,
      maxBuffer: 256 * 1024 * 1024,
      env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}` },
    });
    return new SchemaSource(fromBinary(FileDescriptorSetSchema, image));
  }

  /** A message by its full name. @throws Error when there is none */
  message(name: string): DescMessage {
    return found(this.#registry.getMessage(name), name);
  }

  /** An enum by its full name. @throws Error when there is none */
  enumeration(name: string): DescEnum {
    return found(this.#registry.getEnum(name), name);
  }

  /** A file by its name without `.proto`. @throws Error when there is none */
  file(name: string): DescFile {
    return found(this.#registry.getFile(`${name}.proto`), name);
  }

  /** An annotation that is a message, such as `oaktree.rest.v1.call`, as JSON; `{}` where it is not set. */
  annotation(desc: Commented, name: string): JsonObject {
    const extension = found(this.#registry.getExtension(name), name);
    if (extension.message === undefined) {
      throw new Error(`the annotation ${name} is no message`);
    }
    const value = getOption(desc, extension) as Parameters<typeof toJson>[1];
    return toJson(extension.message, value, { registry: this.#registry }) as JsonObject;
  }

  /** An annotation that is text or a list of texts, such as `oaktree.rest.v1.shade`. */
  words(desc: Commented, name: string): readonly string[] {
    const value: unknown = getOption(desc, found(this.#registry.getExtension(name), name));
    return [value]
      .flat()
      .map(String)
      .filter((word) => word !== "");
  }
}

/** The comment above an element: paragraphs, each in one line, with an empty line between. */
export function commentOf(desc: Commented): string {
  return paragraphs(getComments(desc).leading ?? "");
}

/** The comment at the top of a file, above `package`. */
export function commentOfFile(file: DescFile): string {
  // Path 2 is the file's package (descriptor.proto, FileDescriptorProto).
  const place = file.proto.sourceCodeInfo?.location.find(({ path }) => path.join() === "2");
  return paragraphs(place?.leadingComments || getSyntaxComments(file).leading || "");
}

/** What a comment says first, without the full stop. */
export function firstSentence(comment: string): string {
  return comment.replace(/\.(\s.*)?$/s, "");
}

function paragraphs(comment: string): string {
  return comment
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().replaceAll(/\s*\n\s*/g, " "))
    .filter(Boolean)
    .join("\n\n");
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) {
    throw new Error(`the schema has no ${name}`);
  }
  return value;
}
