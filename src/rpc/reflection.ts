import { create, type DescFile, type MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { file_google_rpc_error_details } from "../gen/google/rpc/error_details_pb.js";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import {
  ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionResponseSchema,
} from "../gen/grpc/reflection/v1/reflection_pb.js";
import {
  type ServerReflectionRequest as AlphaRequest,
  ServerReflectionResponseSchema as AlphaResponseSchema,
  ServerReflection as ServerReflectionAlpha,
} from "../gen/grpc/reflection/v1alpha/reflection_pb.js";
import { ReflectionIndex } from "./reflection-index.ts";
import { apiFiles, apiServices, withImports } from "./schema.ts";
import type { Wiring } from "./wiring.ts";

/** The two versions have the same messages under two names; v1alpha is what older tools ask for. */
type Question = (ServerReflectionRequest | AlphaRequest)["messageRequest"];
type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]>;

/**
 * Registers `grpc.reflection.v1` and `v1alpha`. They show the public schema and
 * nothing else, to whoever asks.
 *
 * @returns the names of the services, which need no credential.
 */
export function serveReflection({ serve }: Wiring): string[] {
  const own = [ServerReflection, ServerReflectionAlpha];
  const services = [...apiServices, Health, ...own].map((service) => service.typeName).sort();
  // Clients that know the schema by reflection alone could not read errors without their details.
  const files = [...apiFiles, file_google_rpc_error_details, Health.file, ...own.map(({ file }) => file)];
  const index = new ReflectionIndex(withImports(files));

  serve(ServerReflection.method.serverReflectionInfo, async function* (requests) {
    const answerer = new Answerer(index, services);
    for await (const request of requests) {
      yield create(ServerReflectionResponseSchema, {
        validHost: request.host,
        originalRequest: request,
        messageResponse: answerer.answer(request.messageRequest),
      });
    }
  });
  serve(ServerReflectionAlpha.method.serverReflectionInfo, async function* (requests) {
    const answerer = new Answerer(index, services);
    for await (const request of requests) {
      yield create(AlphaResponseSchema, {
        validHost: request.host,
        originalRequest: request,
        messageResponse: answerer.answer(request.messageRequest) as NonNullable<
          MessageInitShape<typeof AlphaResponseSchema>["messageResponse"]
        >,
      });
    }
  });
  return own.map((service) => service.typeName);
}

/** Answers the questions of one stream. A file that was sent in it is not sent again as an import. */
class Answerer {
  readonly #index: ReflectionIndex;
  readonly #services: readonly string[];
  readonly #sent = new Set<DescFile>();

  constructor(index: ReflectionIndex, services: readonly string[]) {
    this.#index = index;
    this.#services = services;
  }

  answer(question: Question): Answer {
    switch (question.case) {
      case "listServices":
        return { case: "listServicesResponse", value: { service: this.#services.map((name) => ({ name })) } };
      case "fileByFilename":
        return this.#files(this.#index.file(question.value), question.value);
      case "fileContainingSymbol":
        return this.#files(this.#index.declaring(question.value), question.value);
      case "fileContainingExtension": {
        const { containingType, extensionNumber } = question.value;
        const file = this.#index.extending(containingType, extensionNumber);
        return this.#files(file, `extension ${extensionNumber} of ${containingType}`);
      }
      case "allExtensionNumbersOfType": {
        const extensionNumber = this.#index.extensionNumbers(question.value);
        return extensionNumber === undefined
          ? notFound(question.value)
          : {
              case: "allExtensionNumbersResponse",
              value: { baseTypeName: question.value, extensionNumber },
            };
      }
      default:
        return failure(Code.InvalidArgument, "the request asks for nothing");
    }
  }

  #files(file: DescFile | undefined, what: string): Answer {
    if (file === undefined) {
      return notFound(what);
    }
    const files = withImports([file]).filter((one) => one === file || !this.#sent.has(one));
    for (const one of files) {
      this.#sent.add(one);
    }
    return {
      case: "fileDescriptorResponse",
      value: { fileDescriptorProto: files.map((one) => this.#index.encoded(one)) },
    };
  }
}

function notFound(what: string): Answer {
  return failure(Code.NotFound, `not in the schema: ${what}`);
}

function failure(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
