import { create, createFileRegistry, type DescService, fromBinary, isMessage } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import t from "tap";
import { type ErrorResponse, ServerReflection } from "../../src/gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ServerReflectionAlpha } from "../../src/gen/grpc/reflection/v1alpha/reflection_pb.js";
import { start, transport } from "./harness.ts";

const server = await start();
t.teardown(() => server.close());

for (const service of [ServerReflection, ServerReflectionAlpha] as (typeof ServerReflection)[]) {
  t.test(`${service.typeName}`, async (t) => {
    // Without a token: the schema is public.
    const client = createClient(service, createGrpcTransport({ baseUrl: server.url }));

    /** Asks one question in a stream of its own. */
    const ask = async (...questions: { case: string; value: unknown }[]) => {
      const requests = (async function* () {
        for (const messageRequest of questions) {
          yield { messageRequest } as never;
        }
      })();
      const answers = [];
      for await (const answer of client.serverReflectionInfo(requests)) {
        answers.push(answer.messageResponse);
      }
      return answers;
    };
    const filesFor = async (question: { case: string; value: unknown }): Promise<FileDescriptorProto[]> => {
      const [answer] = await ask(question);
      return answer?.case === "fileDescriptorResponse"
        ? answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
        : [];
    };

    t.test("lists the services", async (t) => {
      const [answer] = await ask({ case: "listServices", value: "*" });
      const names =
        answer?.case === "listServicesResponse" ? answer.value.service.map(({ name }) => name) : [];
      for (const name of [
        "oaktree.v1.ComputeService",
        "oaktree.v1.ImageService",
        "oaktree.v1.NetworkService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
      ]) {
        t.ok(names.includes(name), name);
      }
    });

    t.test("gives all that a client needs to call an RPC it never heard of", async (t) => {
      const files = await filesFor({ case: "fileContainingSymbol", value: "oaktree.v1.ComputeService" });
      const file: FileDescriptorProto[] = [];
      const addAfterImports = (one: FileDescriptorProto | undefined): void => {
        if (one !== undefined && !file.includes(one)) {
          for (const name of one.dependency) {
            addAfterImports(files.find((candidate) => candidate.name === name));
          }
          file.push(one);
        }
      };
      files.forEach(addAfterImports);
      const registry = createFileRegistry(create(FileDescriptorSetSchema, { file }));
      const compute = registry.getService("oaktree.v1.ComputeService");
      t.ok(registry.getFile("google/protobuf/timestamp.proto"), "well-known types come along");
      t.ok(registry.getExtension("oaktree.rest.v1.call"), "annotations come along");
      const dynamic = createClient(compute as DescService, transport(server.url, "gRPC")) as Record<
        string,
        (request: object) => Promise<unknown>
      >;
      t.ok(isMessage(await dynamic.listFlavors?.({})));
    });

    t.test("finds files by name and by whatever they declare", async (t) => {
      const compute = "oaktree/v1/compute.proto";
      for (const [symbol, name = ""] of [
        ["oaktree.v1.Server", compute],
        ["oaktree.v1.Server.id", compute],
        ["oaktree.v1.ComputeService.ListFlavors", compute],
        ["oaktree.v1.SERVER_STATUS_ACTIVE", compute],
        ["oaktree.v1.ErrorReason", "oaktree/v1/errors.proto"],
        ["oaktree.rest.v1.call", "oaktree/rest/v1/annotations.proto"],
        ["google.protobuf.FieldDescriptorProto.Type", "google/protobuf/descriptor.proto"],
        ["grpc.health.v1.Health", "grpc/health/v1/health.proto"],
      ]) {
        t.equal(
          (await filesFor({ case: "fileContainingSymbol", value: symbol }))[0]?.name,
          name,
          String(symbol),
        );
      }
      t.equal((await filesFor({ case: "fileByFilename", value: compute }))[0]?.name, compute);
    });

    t.test("finds extensions", async (t) => {
      const containingType = "google.protobuf.MethodOptions";
      const [numbers] = await ask({ case: "allExtensionNumbersOfType", value: containingType });
      t.ok(numbers?.case === "allExtensionNumbersResponse" && numbers.value.extensionNumber.includes(50503));
      const question = { containingType, extensionNumber: 50503 };
      const [file] = await filesFor({ case: "fileContainingExtension", value: question });
      t.equal(file?.name, "oaktree/rest/v1/annotations.proto");
    });

    t.test("a file that the stream has sent does not come again as an import", async (t) => {
      const [first, second] = await ask(
        { case: "fileByFilename", value: "oaktree/v1/compute.proto" },
        { case: "fileByFilename", value: "oaktree/v1/image.proto" },
      );
      t.ok(first?.case === "fileDescriptorResponse" && first.value.fileDescriptorProto.length > 5);
      t.ok(second?.case === "fileDescriptorResponse" && second.value.fileDescriptorProto.length === 1);
    });

    t.test("what is not there is an error in the stream, which goes on", async (t) => {
      const answers = await ask(
        { case: "fileContainingSymbol", value: "oaktree.v1.Nothing" },
        { case: "fileByFilename", value: "../../etc/passwd" },
        { case: "allExtensionNumbersOfType", value: "nothing" },
        { case: "listServices", value: "" },
      );
      for (const answer of answers.slice(0, 3)) {
        t.equal((answer?.value as ErrorResponse | undefined)?.errorCode, 5);
      }
      t.equal(answers[3]?.case, "listServicesResponse");
    });
  });
}
