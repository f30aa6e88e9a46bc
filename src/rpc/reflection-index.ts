import { type DescEnum, type DescFile, type DescMessage, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** Finds the files of a schema by what they declare. */
export class ReflectionIndex {
  readonly #files = new Map<string, DescFile>();
  readonly #symbols = new Map<string, DescFile>();
  readonly #extensions = new Map<string, Map<number, DescFile>>();
  readonly #encoded = new Map<DescFile, Uint8Array>();

  /** Indexes the files, which must come with all their imports. */
  constructor(files: Iterable<DescFile>) {
    for (const file of files) {
      this.#files.set(file.proto.name, file);
      this.#addTypes(file, file);
      for (const service of file.services) {
        this.#symbols.set(service.typeName, file);
        for (const method of service.methods) {
          this.#symbols.set(`${service.typeName}.${method.name}`, file);
        }
      }
    }
  }

  /** The file of this name. */
  file(name: string): DescFile | undefined {
    return this.#files.get(name);
  }

  /** The file that declares this fully qualified name. */
  declaring(symbol: string): DescFile | undefined {
    return this.#symbols.get(symbol.replace(/^\./, ""));
  }

  /** The file that declares this extension of the message type. */
  extending(typeName: string, number: number): DescFile | undefined {
    return this.#extensions.get(typeName)?.get(number);
  }

  /** Numbers of all extensions of the message type; undefined when there is no such type. */
  extensionNumbers(typeName: string): number[] | undefined {
    return this.#symbols.has(typeName) ? [...(this.#extensions.get(typeName)?.keys() ?? [])] : undefined;
  }

  /** The file's descriptor in wire format. */
  encoded(file: DescFile): Uint8Array {
    let bytes = this.#encoded.get(file);
    if (bytes === undefined) {
      bytes = toBinary(FileDescriptorProtoSchema, file.proto);
      this.#encoded.set(file, bytes);
    }
    return bytes;
  }

  #addTypes(scope: DescFile | DescMessage, file: DescFile): void {
    const enums = scope.kind === "file" ? scope.enums : scope.nestedEnums;
    const messages = scope.kind === "file" ? scope.messages : scope.nestedMessages;
    const extensions = scope.kind === "file" ? scope.extensions : scope.nestedExtensions;
    for (const desc of enums) {
      this.#addEnum(desc, file);
    }
    for (const desc of messages) {
      this.#symbols.set(desc.typeName, file);
      for (const member of [...desc.fields, ...desc.oneofs]) {
        this.#symbols.set(`${desc.typeName}.${member.name}`, file);
      }
      this.#addTypes(desc, file);
    }
    for (const desc of extensions) {
      this.#symbols.set(desc.typeName, file);
      const numbers = this.#extensions.get(desc.extendee.typeName) ?? new Map<number, DescFile>();
      this.#extensions.set(desc.extendee.typeName, numbers.set(desc.number, file));
    }
  }

  #addEnum(desc: DescEnum, file: DescFile): void {
    this.#symbols.set(desc.typeName, file);
    // An enum's values are named beside it, not below it (descriptor.proto, EnumValueDescriptorProto).
    const scope = desc.typeName.slice(0, -desc.name.length);
    for (const value of desc.values) {
      this.#symbols.set(scope + value.name, file);
    }
  }
}
