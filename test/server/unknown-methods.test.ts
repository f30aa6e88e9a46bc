import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import t from "tap";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { plain, start, transport, ways } from "./harness.ts";

const server = await start();
t.teardown(() => server.close());

// What a client of a newer schema would call.
const newer: DescService = { ...ComputeService, typeName: "oaktree.v1.TelepathyService" };
const methods = ComputeService.methods.map((method) => ({ ...method, parent: newer }));
const future = {
  ...newer,
  methods,
  method: Object.fromEntries(methods.map((method) => [method.localName, method])),
};

for (const way of ways) {
  t.test(way, async (t) => {
    const client = createClient(future as unknown as typeof ComputeService, transport(server.url, way));
    for (const call of [
      () => client.listFlavors({}),
      () => client.waitForServer({ nameOrId: "web" })[Symbol.asyncIterator]().next(),
    ]) {
      const error = ConnectError.from(
        await call().then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
      t.equal(error.code, Code.Unimplemented);
      t.match(error.rawMessage, "oaktree.v1.TelepathyService");
      t.equal(error.findDetails(ErrorInfoSchema)[0]?.reason, "UNKNOWN_METHOD");
    }
  });
}

t.test("plain JSON", async (t) => {
  for (const method of ["POST", "GET"]) {
    const answer = await plain(server.url, "/oaktree.v1.ComputeService/ReadMinds", { method });
    t.equal(answer.status, 404);
    t.match(answer.json(), { code: "unimplemented", details: [{ debug: { reason: "UNKNOWN_METHOD" } }] });
  }
});

t.test("what is no RPC is not found", async (t) => {
  const answer = await plain(server.url, "/robots.txt", { method: "GET" });
  t.equal(answer.status, 404);
  t.match(answer.json(), { code: "not_found" });
  t.match(answer.headers["x-openstack-request-id"], /^req-/);
});
