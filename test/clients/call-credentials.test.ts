// What docs/clients.md says that libraries do with call credentials without TLS.
import { join } from "node:path";
import t from "tap";
import { place, root, run, startBoth } from "./examples.ts";
import { hasTools } from "./scenario.ts";

const tools = process.env.OAKTREE_TEST_TOOLS ?? "/var/tmp/oaktree-test-tools";
const token = "a-token-of-call-credentials-test";
const own = `credentials-${process.pid}`;

t.setTimeout(900_000);

if (hasTools) {
  const { clear } = await startBoth(t, token);
  const build = "for client in go python ruby; do locked build_$client; done";
  await run(t, token, "bash", ["-c", `. test/clients/tools.sh && ${build}`]);

  t.test("Python fails the call, and lets them through on a local channel", async (t) => {
    const program = `
import os, sys
sys.path.insert(0, "test/clients/python/gen")
import grpc
from oaktree.v1 import compute_pb2, compute_pb2_grpc
token = grpc.access_token_call_credentials(os.environ["OAKTREE_TOKEN"])
request = compute_pb2.ListFlavorsRequest()
try:
    compute_pb2_grpc.ComputeServiceStub(grpc.insecure_channel("${clear}")).ListFlavors(request, credentials=token)
except grpc.RpcError as error:
    print(error.code().name, error.details())
local = grpc.composite_channel_credentials(grpc.local_channel_credentials(), token)
print(compute_pb2_grpc.ComputeServiceStub(grpc.secure_channel("${clear}", local)).ListFlavors(request))
`;
    const output = await run(t, token, join(tools, "python/bin/python"), ["-c", program]);
    t.match(output, /^UNAUTHENTICATED Established channel does not have a sufficient security level/);
    t.match(output, "m1.nano");
  });

  t.test("Ruby fails the call, and does not even ask for the token", async (t) => {
    const program = `
require "oaktree/v1/compute_services_pb"
token = GRPC::Core::CallCredentials.new(proc { puts "asked"; { "authorization" => "Bearer x" } })
begin
  Oaktree::V1::ComputeService::Stub.new("${clear}", :this_channel_is_insecure)
    .list_flavors(Oaktree::V1::ListFlavorsRequest.new, credentials: token)
rescue GRPC::Unauthenticated => error
  puts error.details
end`;
    const output = await run(t, token, "/usr/bin/ruby", ["-I", "test/clients/ruby/gen", "-e", program]);
    t.match(output, /^Established channel does not have a sufficient security level/);
  });

  t.test("grpc-js throws when they are combined, and sends those of one call", async (t) => {
    const program = `
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";
const protos = loader.loadSync("oaktree/v1/compute.proto", { includeDirs: ["proto", "third_party"] });
const { ComputeService } = grpc.loadPackageDefinition(protos).oaktree.v1;
const token = grpc.credentials.createFromMetadataGenerator((_, done) => {
  const metadata = new grpc.Metadata();
  metadata.set("authorization", "Bearer " + process.env.OAKTREE_TOKEN);
  done(null, metadata);
});
const insecure = grpc.credentials.createInsecure();
try {
  grpc.credentials.combineChannelCredentials(insecure, token);
} catch (error) {
  console.log(error.message);
}
const compute = new ComputeService("${clear}", insecure);
compute.listFlavors({}, { credentials: token }, (error, answer) => {
  console.log(error ?? answer.flavors.map(({ name }) => name).join());
  compute.close();
});`;
    const file = await place(t, join(root, "test", own, "program.mjs"), program);
    const output = await run(t, token, process.execPath, [file]);
    t.match(output, /^Cannot compose insecure credentials/);
    t.match(output, "m1.nano");
  });

  t.test("grpc-go does not dial with those that want TLS", async (t) => {
    const program = `
package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (bearer) RequireTransportSecurity() bool { return true }

func main() {
	_, err := grpc.NewClient("${clear}",
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(bearer("x")))
	fmt.Println(err)
}`;
    const module = join(root, "test/clients/go");
    const file = await place(t, join(module, "gen", own, "main.go"), program);
    const output = await run(t, token, "go", ["run", join(file, "..")], module);
    t.match(output, "the credentials require transport level security");
  });
} else {
  t.comment("left out: what libraries do without TLS, for which test/clients/install installs the tools");
}
