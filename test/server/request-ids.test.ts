import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import t from "tap";
import type { Call } from "../../src/cloud/region.ts";
import { ComputeService, ListFlavorsResponseSchema } from "../../src/gen/oaktree/v1/compute_pb.js";
import { handlers, plain, start, transport } from "./harness.ts";

const calls: Call[] = [];
const server = await start({
  handlers: handlers({
    "ComputeService.ListFlavors": async (_request, call) => {
      calls.push(call);
      return create(ListFlavorsResponseSchema);
    },
  }),
});
t.teardown(() => server.close());
const path = "/oaktree.v1.ComputeService/ListFlavors";
const header = "x-openstack-request-id";

t.test("every answer has one, and the handler has the same", async (t) => {
  const answer = await plain(server.url, path);
  t.match(answer.headers[header], /^req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  t.equal(calls.at(-1)?.requestId, answer.headers[header]);

  let given: string | null = null;
  await createClient(ComputeService, transport(server.url, "gRPC")).listFlavors(
    {},
    {
      onHeader: (headers) => {
        given = headers.get(header);
      },
    },
  );
  t.equal(calls.at(-1)?.requestId, given);

  for (const other of ["/livez", "/nothing"]) {
    t.match((await plain(server.url, other, { method: "GET" })).headers[header], /^req-/, other);
  }
});

t.test("a well-formed one of the caller's is taken over, others are not", async (t) => {
  const mine = "req-6b5f1c5e-2f0c-4f1d-9a55-0d0c36b1a111";
  t.equal((await plain(server.url, path, { headers: { [header]: mine } })).headers[header], mine);
  for (const bad of ["mine", `${mine} x`, "req-", `${mine}${mine}`, '{"level":60}']) {
    t.not((await plain(server.url, path, { headers: { [header]: bad } })).headers[header], bad);
  }
});

t.test("the caller's trace context is handed on if it is one", async (t) => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  await plain(server.url, path, { headers: { traceparent } });
  t.equal(calls.at(-1)?.traceparent, traceparent);
  await plain(server.url, path, { headers: { traceparent: "nonsense" } });
  t.equal(calls.at(-1)?.traceparent, undefined);
});
